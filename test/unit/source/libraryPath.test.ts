// Whose code a path or a scope is: a library's, or the program's own with an unlucky name. And what is only a copy.
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { withoutBuilt, withoutCopies } from '../../../src/source/copies.ts';
import { isLibraryPath, isLibraryScope } from '../../../src/source/libraryPath.ts';

const LIBRARIES = [
  'app/node_modules/express/lib/router.js', 'usr/local/lib/python3.12/json/decoder.py', 'app/.venv/lib/python3.12/site-packages/x.py', 'go/pkg/mod/github.com/x/y@v1.2.3/z.go', 'var/www/html/vendor/guzzlehttp/guzzle/src/Client.php', 'vendor/autoload.php',
  'app/vendor/github.com/x/y/z.go', 'app/vendor/gopkg.in/yaml.v3/yaml.go', 'app/vendor/bundle/ruby/3.3.0/gems/rack/lib/rack.rb', 'vendor/serde/src/lib.rs', 'third_party/abseil/strings/str.py', 'var/www/vendor/guzzle/src/index.js',
  'usr/local/cargo/registry/src/index.crates.io-6f17d22bba15001f/tower-http-0.5.2/src/trace/mod.rs', 'home/ci/cargo/git/checkouts/axum-1a2b3c/9f8e7d/src/lib.rs', 'var/lang/lib/python3.9/json/decoder.py', 'opt/conda/envs/api/lib/python3.11/asyncio/tasks.py',
  'nix/store/0abc-python3-3.11/lib/python3.11/json/decoder.py', 'Python311/Lib/json/decoder.py', 'opt/rubies/3.3.0/lib/ruby/3.3.0/net/http.rb', 'usr/lib/go-1.19/src/net/http/server.go', 'usr/lib/golang/src/net/http/server.go', 'opt/hostedtoolcache/go/1.22.5/x64/src/net/http/server.go',
  'Program Files/Go/src/net/http/server.go', 'usr/include/c++/12/bits/vector.h', 'usr/local/include/grpcpp/channel.h', 'root/.cache/deno/npm/registry.npmjs.org/express/4.19.2/index.js',
];
const OWN = [
  'src/main/java/com/acme/vendor/VendorService.java', 'src/main/java/com/acme/vendor/impl/deep/A.java', 'services/vendor/src/index.ts', 'services/vendor/app/main.py', 'app/vendor/pricing.py', 'services/vendor/cmd/vendor/main.go', 'services/vendor/internal/quote/a.go',
  'services/vendor/src/Http/Controller.php', 'src/components/vendor/list/row/Item.tsx', 'src/Vendor/Api/Controllers/A.cs', 'services/vendor/src/main.rs',
  'app/lib/python/client.py', 'lib/ruby/shop/cart.rb', 'services/cargo/registry/index.ts', 'services/cargo/src/registry/main.rs', 'services/go/src/main.go', 'app/include/cart.h', 'src/usr/include.ts', 'app/python/lib/cart.py',
];

describe('source: library paths', () => {
  for (const path of LIBRARIES) it(path, () => assert.equal(isLibraryPath(path.split('/')), true));
  for (const path of OWN) it(`own: ${path}`, () => assert.equal(isLibraryPath(path.split('/')), false));
});

describe('source: library scopes', () => {
  for (const scope of ['@opentelemetry/instrumentation-http', 'opentelemetry.instrumentation.flask', 'io.opentelemetry.tomcat-10.0', 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp', 'OpenTelemetry.Instrumentation.AspNetCore', 'OpenTelemetry::Instrumentation::Rack', 'Microsoft.AspNetCore', 'next.js', '@prisma/instrumentation']) {
    it(scope, () => assert.equal(isLibraryScope(scope), true));
  }
  for (const scope of ['', 'checkout', 'io.opentelemetry.opentelemetry-instrumentation-annotations-1.16', '@acme/otel', 'acme.instrumentation', 'com.acme.System']) it(`own: ${scope}`, () => assert.equal(isLibraryScope(scope), false));
});

describe('source: copies', () => {
  const same = (path: string): string => path;
  it('count only where nothing else does', () => {
    assert.deepEqual(withoutCopies(['dist/a.js', 'src/a.ts', 'src/a.test.ts', 'tests/b.py'], same), ['src/a.ts']);
    assert.deepEqual(withoutCopies(['dist/a.js', 'dist/a.test.js'], same), ['dist/a.js']);
    assert.deepEqual(withoutCopies(['tests/b.py'], same), ['tests/b.py']);
  });
  it('packages that are named like output are not', () => {
    assert.deepEqual(withoutBuilt(['src/main/java/com/acme/out/A.java', 'build/A.java'], same), ['src/main/java/com/acme/out/A.java']);
    assert.deepEqual(withoutBuilt(['src/App/bin/Debug/A.cs', 'src/App/A.cs'], same), ['src/App/A.cs']);
    assert.deepEqual(withoutBuilt(['app/.next/server/a.js', 'app/a.ts'], same), ['app/a.ts']);
  });
});
