// auth: checks the caller's token. Nobody told this service to record code.* attributes.
import { inSpan, serve } from '../lib/http.ts';
import { pause } from '../lib/pace.ts';

serve('auth', { code: false }, {
  '/verify': async ({ token }: { token: string }) => {
    await inSpan('verify token', { 'auth.scheme': 'bearer', 'auth.token.kind': 'session' }, () => pause(8));
    return { userId: `u-${token.slice(-4)}` };
  },
});
