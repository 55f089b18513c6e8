// What AWS's JSON services answer when they refuse, as sentences: by the vendor's error types, missing rights by their action's name.
// Must not know which service it is.
import { isObject, type JsonObject, text } from '../../../formats/jsonFields.ts';
import { answerProblem, retryAfterMs, type HttpAnswer } from '../../network/httpClient.ts';
import { BackendError } from '../backend.ts';

export interface AwsCall {
  /** Begins the sentences: "xray GetTraceSummaries". */
  readonly what: string;
  /** What the right to it is called: "xray:GetTraceSummaries". */
  readonly action: string;
  /** How it is given, after "Allow that action": ", or attach …". */
  readonly allowed: string;
}

const SIGNING = /^(?:UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId|InvalidAccessKeyId|NotAuthorized)/;

export function awsProblem(answer: HttpAnswer, { what, action, allowed }: AwsCall): BackendError {
  const { type, message } = awsErrorOf(answer);
  const says = message === '' ? '' : `: ${message}`;
  if (/^AccessDenied|^NotAuthorized$|^UnauthorizedOperation/.test(type)) {
    return new BackendError('auth', `These credentials lack the right ${/perform: ([\w-]{1,40}:\w{1,60})/.exec(message)?.[1] ?? action}. Allow that action${allowed}${says}.`);
  }
  if (/^ExpiredToken|^RequestExpired/.test(type)) return new BackendError('auth', `The AWS credentials have expired; sign in again (aws sso login, or new keys)${says}.`);
  if (SIGNING.test(type)) return new BackendError('auth', `AWS does not accept the credentials or their signature. Check the keys, the region, and this machine's clock${says}.`);
  if (/^Throttl|^TooManyRequests|^LimitExceeded/.test(type)) return new BackendError('rateLimit', `${what} was refused: too many requests. It is asked again later${says}.`, retryAfterMs(answer.headers['retry-after'], Date.now()));
  if (type.startsWith('ResourceNotFound')) return new BackendError('notFound', `${what} found nothing${says}.`);
  return answerProblem(answer, what, message === '' ? undefined : message);
}

/** AWS writes the type into the body or a header, with and without a prefix or a suffix. The message without its full stop. */
export function awsErrorOf({ headers, body }: HttpAnswer): { readonly type: string; readonly message: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const fields: JsonObject = isObject(parsed) ? parsed : {};
  const type = text(fields['__type']) || text(fields['code']) || (headers['x-amzn-errortype'] ?? '');
  const message = (text(fields['message']) || text(fields['Message'])).replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300).replace(/[.\s]+$/, '');
  return { type: type.replace(/^.*#/, '').replace(/:.*$/, ''), message };
}
