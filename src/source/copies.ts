// Files that repeat what is written elsewhere: build output and tests. They count only where nothing else does.
// Owns the places; must not know what is looked for.

const TESTS = /(?:^|\/)(?:tests?|__tests__|specs?|e2e|__mocks__|mocks?|testdata|src\/test)\/|[._-](?:test|spec)s?\.\w+$|(?:^|\/)test_[^/]*$|Tests?\.(?:java|kt|cs)$/;

/** Where builds put copies. Within `src` such names are packages: com/acme/out, pipelines/build. */
const OUTPUT = /(?:^|\/)(?:dist|build|out|target|compiled|esm|cjs|generated|__generated__)\//;
const ALWAYS_OUTPUT = /(?:^|\/)(?:bin|obj|bazel-[\w-]+|\.next|\.nuxt|\.output|\.build)\//;

/** Items outside build output and tests, where there are any. */
export function withoutCopies<T>(items: readonly T[], fileOf: (item: T) => string): readonly T[] {
  return withoutTests(withoutBuilt(items, fileOf), fileOf);
}

/** Items outside build output, where there are any. */
export function withoutBuilt<T>(items: readonly T[], fileOf: (item: T) => string): readonly T[] {
  const rest = items.filter((item) => !isBuilt(fileOf(item)));
  return rest.length > 0 ? rest : items;
}

function isBuilt(file: string): boolean {
  const at = file.search(OUTPUT);
  return (at >= 0 && !/(?:^|\/)src\//.test(file.slice(0, at + 1))) || ALWAYS_OUTPUT.test(file);
}

const EXAMPLES = /(?:^|\/)(?:examples?|samples?|stories|__fixtures__|fixtures|snippets)\/|\.(?:stories|example)\.\w+$/;

/** Items outside examples, where there are any. Services may be examples: not before their folders are looked at. */
export function withoutExamples<T>(items: readonly T[], fileOf: (item: T) => string): readonly T[] {
  const rest = items.filter((item) => !EXAMPLES.test(fileOf(item)));
  return rest.length > 0 ? rest : items;
}

export const isTest = (file: string): boolean => TESTS.test(file);

/** Items outside tests, where there are any. */
function withoutTests<T>(items: readonly T[], fileOf: (item: T) => string): readonly T[] {
  const rest = items.filter((item) => !isTest(fileOf(item)));
  return rest.length > 0 ? rest : items;
}
