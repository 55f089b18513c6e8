// The clouds' libraries from a bundle as the product has it: they work there (a CommonJS package has only a default export then), and nothing
// of them is loaded before it is used.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { REFRESH } from '../../../support/fakes/googleTokens.ts';

const entry = join(import.meta.dirname, '../../../support/bundledCredentials.ts');

it('engine/network: the clouds\' credentials work from a bundle, in chunks of their own, also where there is a proxy', async function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), 'tracefall-bundle-'));
  try {
    const { metafile } = await build({
      entryPoints: { main: entry }, outdir: dir, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true, metafile: true, platform: 'node', format: 'esm', target: 'node22', logLevel: 'silent',
      banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    });
    const outputs = new Map(Object.entries(metafile.outputs));
    const atOnce = new Set<string>([...outputs.keys()].filter((name) => name.endsWith('/main.mjs')));
    for (const name of atOnce) for (const { path, kind } of outputs.get(name)!.imports) if (kind === 'import-statement' && outputs.has(path)) atOnce.add(path);
    assert.equal(atOnce.size > 0, true);
    assert.deepEqual([...atOnce].flatMap((name) => Object.keys(outputs.get(name)!.inputs)).filter((input) => input.includes('node_modules')), []);
    writeFileSync(join(dir, 'user.json'), JSON.stringify({ type: 'authorized_user', ...REFRESH }));
    const env = { PATH: process.env['PATH'], HTTPS_PROXY: 'http://proxy.test:3128', AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x', AWS_CONFIG_FILE: join(dir, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'none') };
    const { stdout } = await promisify(execFile)(process.execPath, [join(dir, 'main.mjs'), join(dir, 'user.json')], { env });
    assert.deepEqual(JSON.parse(stdout), { aws: ['authorization', 'x-amz-date', 'x-amz-security-token'], google: { authorization: 'Bearer t' }, asked: ['169.254.170.2', 'oauth2.googleapis.com'] });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
