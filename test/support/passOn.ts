// A request passed on to another server of this machine as it is, its host included, and the answer back: what proxies and fronts of fakes do.
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

/** `to`: scheme, host and port. A server that is not there ends the connection. */
export function passOn(request: IncomingMessage, response: ServerResponse, to: string, headers: IncomingHttpHeaders = request.headers): void {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url!) : undefined;
  const path = url === undefined ? request.url : `${url.pathname}${url.search}`;
  const onward = httpRequest(to, { method: request.method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
