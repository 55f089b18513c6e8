// A cloud's credential step over a connection's transport: unless it says otherwise, it may ask where no trace is read from (the machine's
// own account), and what it proves itself with, which is in no setting, is a secret of the connection from then on. Must not know the cloud.
import type { Transport, WireRequest } from './connectionClient.ts';
import type { Redactor } from './redactor.ts';

/** What a form says besides who asks. */
const HARMLESS_FIELD = /^(?:Action|Version|RoleArn|RoleSessionName|DurationSeconds|grant_type|grantType|scope|lifetime|subject_token_type|requested_token_type|audience)$/;

export function credentialTransport(transport: Transport, redactor: Redactor): Transport {
  return {
    send: async (request, signal) => {
      redactor.sent(proofsOf(request));
      const answer = await transport.send({ credentialStep: true, ...request }, signal);
      // Before any library makes a sentence of it, and cuts it where a secret is.
      return answer.status < 300 ? answer : { ...answer, headers: redactor.headers(answer.headers), body: redactor.bytes(answer.body) };
    },
    close: async () => undefined,
  };
}

function proofsOf({ headers, body }: WireRequest): readonly (readonly [string, string])[] {
  const text = body === undefined ? '' : typeof body === 'string' ? body : new TextDecoder().decode(body);
  const fields = text.startsWith('{') ? jsonFields(text) : [...new URLSearchParams(text)];
  return [...Object.entries(headers), ...fields.filter(([name]) => !HARMLESS_FIELD.test(name))];
}

function jsonFields(text: string): readonly [string, string][] {
  try {
    return Object.entries(JSON.parse(text) as object).filter((field): field is [string, string] => typeof field[1] === 'string');
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
