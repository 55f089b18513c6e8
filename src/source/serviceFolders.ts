// Which folder a service's code is in: by the folder's name, its manifest's name, or where its service name is declared.
// A tie-break only: it never finds a file by itself. Owns the scores; must not know how declarations were read.
import type { FileIndex } from './fileIndex.ts';
import { baseName, folderOf } from './fileIndex.ts';

/** A folder says this name is its service: from package.json, go.mod, compose files, OTEL_SERVICE_NAME … */
export interface ServiceDeclaration {
  /** "" is the workspace's top. */
  readonly folder: string;
  readonly name: string;
  /** `service`: said to be the service's name. `package`: the manifest's name, which often is. */
  readonly kind: 'service' | 'package';
  /** The source file that says so. Where several services share a folder it speaks for itself only. */
  readonly file?: string;
}

const MANIFEST = /^(?:package\.json|pyproject\.toml|setup\.py|requirements\.txt|go\.mod|cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|.+\.(?:cs|fs|vb)proj|composer\.json|gemfile|mix\.exs|dockerfile)$/i;
const GENERIC = new Set(['service', 'services', 'svc', 'srv', 'server', 'api', 'app', 'apps', 'application', 'backend', 'worker', 'ms', 'microservice', 'main', 'prod', 'dev', 'the', 'consumer', 'producer', 'processor', 'cron', 'handler', 'grpc', 'http', 'rest', 'daemon', 'lambda', 'function', 'staging', 'production', 'local', 'v1', 'v2']);

export const isManifest = (file: string): boolean => MANIFEST.test(baseName(file));

/** 0 unrelated … 100 declared there. From CLEAR on the folder is the service's. */
export const CLEAR = 50;
/** The same name, words like "service" aside. */
export const ALIKE = 75;
/** The same name. */
export const SAME = 90;
/** What a name declared for the whole workspace counts. */
const TOP = 10;
const SERVICE_WORDS = new Set(['service', 'services', 'svc', 'api', 'app', 'server', 'worker', 'gateway', 'backend', 'frontend', 'web', 'bff', 'job', 'jobs']);

export class ServiceFolders {
  readonly #index: FileIndex;
  readonly #units = new Set<string>();
  readonly #known = new Map<string, boolean>();
  #folders: readonly string[] | undefined;
  /** Kind of file → the folders that have such files. */
  readonly #foldersOfKind = new Map<string, readonly string[]>();
  readonly #bestScores = new Map<string, number>();
  /** Scores of the folders, for the service asked last: spans of one service come together. */
  #scored: { readonly service: string; readonly wanted: readonly string[]; readonly best: Map<string, number> } = { service: '', wanted: [], best: new Map() };
  readonly #declared = new Map<string, ServiceDeclaration[]>();
  /** Services of files that share a folder with other services. */
  readonly #ownNames = new Map<string, string[]>();

  constructor(index: FileIndex, declarations: readonly ServiceDeclaration[]) {
    this.#index = index;
    for (const file of index.files) if (isManifest(file)) this.#units.add(folderOf(file));
    for (const declaration of declarations) {
      const list = this.#declared.get(declaration.folder);
      if (list === undefined) this.#declared.set(declaration.folder, [declaration]);
      else list.push(declaration);
    }
    for (const [folder, list] of this.#declared) {
      const inCode = list.filter((d) => d.file !== undefined && d.kind === 'service');
      if (new Set(inCode.map((d) => d.name)).size < 2) continue;
      for (const { file, name } of inCode) this.#ownNames.set(file!, [...(this.#ownNames.get(file!) ?? []), name]);
      this.#declared.set(folder, list.filter((d) => !inCode.includes(d)));
    }
  }

  /** Score of one file for one service: the best of the folders above it. */
  score(service: string, file: string): number {
    if (service === '') return 0;
    if (this.#scored.service !== service) this.#scored = { service, wanted: nameTokens(service), best: new Map() };
    const { wanted, best } = this.#scored;
    const path: string[] = [];
    let folder = folderOf(file);
    while (!best.has(folder) && folder !== '') {
      path.push(folder);
      folder = folderOf(folder);
    }
    let score = best.get(folder) ?? this.#folderScore(service, wanted, '');
    best.set(folder, score);
    for (const inner of path.toReversed()) {
      score = Math.max(score, this.#folderScore(service, wanted, inner));
      best.set(inner, score);
    }
    return Math.max(score, this.#ownScore(service, wanted, file));
  }

  /** services/gateway.ts among its likes: by what the file declares, else by its own name, which counts less than a folder's. */
  #ownScore(service: string, wanted: readonly string[], file: string): number {
    const own = this.#ownNames.get(file);
    if (own !== undefined) return own.includes(service) ? 100 : 0;
    const similar = nameSimilarity(wanted, nameTokens(baseName(file).replace(/\..*$/, '')));
    return similar >= 75 ? similar - 20 : 0;
  }

  /** The nearest folder above with a manifest; "" where there is none. */
  unitOf(file: string): string {
    for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder)) if (this.#units.has(folder)) return folder;
    return '';
  }

  /** Some folder of the workspace is clearly this service's. */
  knows(service: string): boolean {
    const kept = this.#known.get(service);
    if (kept !== undefined) return kept;
    const wanted = nameTokens(service);
    this.#folders ??= foldersOf(this.#index.files);
    const known = service !== '' && ([...this.#ownNames.values()].some((names) => names.includes(service)) || this.#folders.some((folder) => this.#folderScore(service, wanted, folder) >= CLEAR));
    if (this.#known.size > 1_000) this.#known.clear(); // Service names are hostile text.
    this.#known.set(service, known);
    return known;
  }

  /** Something of this name, a file or a folder, is in a folder that is clearly this service's: its relative paths may begin so. */
  hasInside(service: string, name: string): boolean {
    this.#folders ??= foldersOf(this.#index.files);
    return [...this.#folders, ...this.#index.files].some((path) => baseName(path) === name && this.score(service, path) >= CLEAR);
  }

  /** The file is in a folder that declares itself another service, and not this one. */
  isOthers(service: string, file: string): boolean {
    if (service === '' || this.score(service, file) >= CLEAR) return false;
    if (this.#ownNames.has(file)) return true;
    for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder)) {
      if ((this.#declared.get(folder) ?? []).some((d) => d.kind === 'service')) return true;
    }
    return false;
  }

  /** The file is in the folder of a service that is clearly not this one: not in a library that both may share. */
  isInOtherService(service: string, file: string): boolean {
    if (this.isOthers(service, file)) return true;
    if (this.score(service, file) > TOP) return false;
    const unit = this.unitOf(file);
    if (/(?:^|\/)(?:packages|libs?|shared|common|modules)\//.test(`${unit}/`)) return false;
    if (/^(?:services?|apps?|cmd|microservices)\/[^/]+\//.test(file)) return true;
    return unit !== '' && (baseName(unit).replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase().split(/[^a-z]+/).some((word) => SERVICE_WORDS.has(word)) || this.#index.find(`${unit}/Dockerfile`) !== undefined);
  }

  /** The best score that files of this kind have for the service. */
  bestScore(service: string, kind: string, isOfKind: (file: string) => boolean): number {
    const key = `${kind} ${service}`;
    const kept = this.#bestScores.get(key);
    if (kept !== undefined) return kept;
    let folders = this.#foldersOfKind.get(kind);
    if (folders === undefined) {
      folders = foldersOf(this.#index.files.filter(isOfKind));
      if (this.#foldersOfKind.size > 50) this.#foldersOfKind.clear(); // Languages are hostile text, too.
      this.#foldersOfKind.set(kind, folders);
    }
    const wanted = nameTokens(service);
    const declared = [...this.#ownNames.values()].some((names) => names.includes(service)) ? SAME : 0;
    const best = service === '' ? 0 : folders.reduce((most, folder) => Math.max(most, this.#folderScore(service, wanted, folder)), declared);
    if (this.#bestScores.size > 1_000) this.#bestScores.clear(); // Service names are hostile text.
    this.#bestScores.set(key, best);
    return best;
  }

  #folderScore(service: string, wanted: readonly string[], folder: string): number {
    let score = 0;
    for (const { name, kind } of this.#declared.get(folder) ?? []) {
      // A name declared for the whole workspace does not tell its folders apart.
      const exact = folder === '' ? TOP : kind === 'service' ? 100 : 92;
      score = Math.max(score, name === service ? exact : folder === '' ? 0 : Math.min(nameSimilarity(wanted, nameTokens(name)), exact - 4));
    }
    if (folder !== '') {
      const similar = nameSimilarity(wanted, nameTokens(baseName(folder)));
      score = Math.max(score, similar > 0 && this.#units.has(folder) ? similar + 4 : similar);
    }
    return score;
  }
}

/** All folders above the files, the top ("") too. */
function foldersOf(files: readonly string[]): readonly string[] {
  const folders = new Set<string>(['']);
  for (const file of files) for (let f = folderOf(file); f !== '' && !folders.has(f); f = folderOf(f)) folders.add(f);
  return [...folders];
}

/** 90 the same, 75 the same without words like "service", 53–65 one ends with the other, 40 one begins with the other, else 0. */
export function nameSimilarity(a: readonly string[], b: readonly string[]): number {
  if (a.join('') === b.join('')) return a.length === 0 ? 0 : 90;
  const left = a.filter((t) => !GENERIC.has(t));
  const right = b.filter((t) => !GENERIC.has(t));
  if (left.length === 0 || right.length === 0) return 0;
  if (left.join('') === right.join('')) return 75;
  const shared = left.filter((t) => right.includes(t)).length;
  if (shared !== left.length && shared !== right.length) return 0;
  // "shop-checkout" is checkout; "shop-billing" is not shop: what names have in front is often the product's.
  const sameEnd = left.at(-1) === right.at(-1);
  return sameEnd ? 40 + Math.round((25 * shared) / Math.max(left.length, right.length)) : 40;
}

/** "@acme/OrderService" → order, service; plurals lose their s. */
export function nameTokens(name: string): readonly string[] {
  const local = name.replace(/^@[^/]*\//, '').replace(/^.*\//, '');
  return local
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((t) => t !== '')
    .map((t) => (t.length > 3 && t.endsWith('s') && !t.endsWith('ss') ? t.slice(0, -1) : t));
}
