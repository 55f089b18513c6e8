// Finds out which folder says it is which service: manifests, compose files, OTEL_SERVICE_NAME, resource attributes in code.
// Owns the patterns; gives declarations to serviceFolders.ts. Must not know spans.
import { codeOfFile } from './codeText.ts';
import { isTest } from './copies.ts';
import type { FileIndex } from './fileIndex.ts';
import { baseName, extensionOf, folderOf, joinPath } from './fileIndex.ts';
import type { ServiceDeclaration } from './serviceFolders.ts';
import { isManifest } from './serviceFolders.ts';

const CONFIG = /^(?:\.env.*|dockerfile.*|.*\.dockerfile|procfile|makefile|justfile|.*\.(?:ya?ml|toml|env|properties|conf|ini|sh|ps1|bat|json|xml|tf|hcl))$/i;
const KEY = String.raw`(?:OTEL_SERVICE_NAME|DD_SERVICE|[sS]ervice[._-]?[nN]ame\w*|SERVICE_?NAME\w*|AddService|SERVICE_NAME_KEY)`;
const IN_CODE = new RegExp(String.raw`(?<![A-Za-z0-9])${KEY}\b["'\])}]*\s*(?:\.String|\.of|\.string)?\s*(?:[,:=(]|\?\?|\|\||:=|=>|serviceName:)+\s*(?:value\s*[:=]\s*)?["'\x60]([A-Za-z][\w./-]{0,80})["'\x60]`, 'g');
const IN_CONFIG = /(?:\bOTEL_SERVICE_NAME|\bDD_SERVICE|\bservice[._-]name|\botel\.service\.name|spring\.application\.name|^[ \t]*serviceName)["']?\s*[:=]\s*(?:\n\s*value:\s*)?["']?([A-Za-z][\w./-]{0,80})/gm;
const IN_ATTRIBUTES = /service\.name=([A-Za-z][\w./-]{0,80})/g;
const K8S = /name:\s*["']?OTEL_SERVICE_NAME["']?\s*\n\s*value:\s*["']?([A-Za-z][\w./-]{0,80})/g;
const SPRING_YAML = /application:\s*\n\s+name:\s*["']?([A-Za-z][\w./-]{0,80})/g;
/** initTracing('checkout'), setup_telemetry("checkout"), initTracer(ctx, "checkout"). */
const SETUP = /\b(?!\w*span)(?:init|setup|set_up|start|configure|create|new|register|bootstrap|enable)\w*(?:trac(?:e|er|ing)|telemetry|otel|observability|instrumentation)(?:_?(?:provider|sdk|service|exporter|pipeline))?\s*\(\s*(?:[a-z.A-Z()]+,\s*)?["'`]([A-Za-z][\w./-]{0,80})["'`]\s*[,)]/gi;

/** What every match of the two has in it; they cost more than to see that a file has neither. */
const MAY_SET_UP = /(?:trac(?:er?|ing)|telemetry|otel|observability|instrumentation)(?:_?(?:provider|sdk|service|exporter|pipeline))?\s*\(\s*(?:[a-z.()]+,\s*)?["'`]/i;
const MAY_NAME = /ervice|ERVICE/;

/** The key itself, and what stands for no name. */
const NO_NAME = /^(?:service[._-]?(?:name(?:space)?|version|instance[._-]?id)?|none|nil|null|undefined)$/i;

export const isServiceConfig = (file: string): boolean => CONFIG.test(baseName(file)) || isManifest(file);

/** What this file says about services. `lift`: the folder whose code a source file speaks for. */
export function declarationsIn(file: string, text: string, index: FileIndex, lift: (file: string) => string): readonly ServiceDeclaration[] {
  const found: ServiceDeclaration[] = [];
  const base = baseName(file).toLowerCase();
  const folder = folderOf(file);
  const packageName = manifestName(base, text);
  if (packageName !== undefined) found.push({ folder, name: packageName, kind: 'package' });
  if (/^(?:docker-)?compose.*\.ya?ml$/.test(base)) found.push(...composeServices(text, folder));
  if (isServiceConfig(file)) {
    for (const pattern of [IN_CONFIG, IN_ATTRIBUTES, K8S, SPRING_YAML]) {
      for (const match of text.matchAll(pattern)) {
        if (NO_NAME.test(match[1]!)) continue;
        found.push({ folder: resourcesOwner(folder), name: match[1]!, kind: 'service' });
        for (const place of [...placesOnLine(text, match.index, folder, index), ...deployed(file, text, match.index, index)]) found.push({ folder: place, name: match[1]!, kind: 'service' });
      }
    }
  } else if (extensionOf(file) !== 'md' && !isTest(file)) {
    const matches = [...(MAY_NAME.test(text) ? text.matchAll(IN_CODE) : []), ...(MAY_SET_UP.test(text) ? text.matchAll(SETUP) : [])].filter((match) => !NO_NAME.test(match[1]!));
    const code = matches.length === 0 ? undefined : codeOfFile(file, text)?.text;
    // A blank is where a comment was.
    for (const match of matches) if (code === undefined || code[match.index] === text[match.index]) found.push({ folder: lift(file), name: match[1]!, kind: 'service', file });
  }
  return found;
}

function manifestName(base: string, text: string): string | undefined {
  if (base === 'package.json' || base === 'composer.json') return /^\s{0,4}"name"\s*:\s*"([^"\n]{1,200})"/m.exec(text)?.[1] ?? /"name"\s*:\s*"([^"\n]{1,200})"/.exec(text)?.[1];
  if (base === 'pyproject.toml' || base === 'cargo.toml') return /^\s*name\s*=\s*["']([^"'\n]{1,200})["']/m.exec(text)?.[1];
  if (base === 'go.mod') return /^module\s+(\S{1,300})/m.exec(text)?.[1];
  if (base === 'pom.xml') return /<artifactId>([^<\n]{1,200})<\/artifactId>/.exec(text.replace(/<parent>[\s\S]*?<\/parent>/, ''))?.[1];
  if (base.startsWith('settings.gradle')) return /rootProject\.name\s*=\s*["']([^"'\n]{1,200})["']/.exec(text)?.[1];
  if (/\.(?:cs|fs|vb)proj$/.test(base)) return base.replace(/\.\w+$/, '');
  if (base === 'mix.exs') return /app:\s*:(\w{1,100})/.exec(text)?.[1];
  return undefined;
}

/** src/main/resources/application.properties speaks for the module. */
const resourcesOwner = (folder: string): string => folder.replace(/(?:^|\/)(?:src\/main\/resources|config|conf|deploy|k8s|helm)(?:\/.*)?$/, '');

/** `OTEL_SERVICE_NAME=cart node services/basket/dist/main.js`: the folders of listed files named on that line. */
function placesOnLine(text: string, at: number, folder: string, index: FileIndex): readonly string[] {
  const from = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(from, Math.min(end < 0 ? text.length : end, from + 500));
  return line.split(/[\s"';&|]+/).flatMap((word) => {
    if (!word.includes('/') || word.includes('=')) return [];
    const path = joinPath(folder, word);
    return path !== undefined && index.find(path) !== undefined ? [folderOf(path)] : [];
  });
}

const DEPLOYMENT = /(?:^|\/)(?:deploy\w*|k8s|kubernetes|kube\w*|helm|charts?|infra\w*|manifests?|terraform|ops|gitops|argocd|\.github|environments?|overlays|base|config|docs?|ci)\//i;

/** deploy/payments.yaml with `image: acme/payments:1`: the one folder of sources that is named like the file, the image or the container. */
function deployed(file: string, text: string, at: number, index: FileIndex): readonly string[] {
  if (!/\.(?:ya?ml|tf|hcl|json)$/.test(file) || !DEPLOYMENT.test(file)) return [];
  const around = text.slice(Math.max(0, at - 1_500), at + 500);
  const before = text.slice(Math.max(0, at - 1_500), at + 1);
  const image = [...before.matchAll(/\bimage:\s*["']?(?:[^\s"'{}]*\/)?([\w.-]+)(?:[:@]|["']?\s*$)/gm)].at(-1)?.[1];
  const container = [...before.matchAll(/^\s*-?\s*name:\s*["']?([\w.-]+)["']?\s*$/gm)].map((m) => m[1]!).findLast((name) => !/^[A-Z_]+$/.test(name));
  const app = /\bapp(?:\.kubernetes\.io\/name)?:\s*["']?([\w.-]+)/.exec(around)?.[1];
  for (const word of [image, container, app, baseName(file).replace(/\..*$/, ''), baseName(folderOf(file))]) {
    if (word === undefined) continue;
    const folders = index.foldersNamed(word).filter((folder) => !DEPLOYMENT.test(`${folder}/`));
    if (folders.length === 1) return folders;
  }
  return [];
}

/** Services of a compose file: the folder they are built from, by their key and their OTEL_SERVICE_NAME. By indentation. */
function composeServices(text: string, folder: string): readonly ServiceDeclaration[] {
  const found: ServiceDeclaration[] = [];
  let inServices = false;
  let keyIndent = -1;
  let key = '';
  let names: string[] = [];
  let place: string | undefined;
  const close = (): void => {
    if (key !== '' && place !== undefined && place !== '') {
      found.push({ folder: place, name: key, kind: 'package' });
      for (const name of names) found.push({ folder: place, name, kind: 'service' });
    }
    key = '';
    names = [];
    place = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const indent = line.length - line.trimStart().length;
    if (indent === 0) {
      close();
      inServices = /^services\s*:/.test(line);
      keyIndent = -1;
      continue;
    }
    if (!inServices) continue;
    if (keyIndent < 0) keyIndent = indent;
    if (indent === keyIndent) {
      close();
      key = /^\s*["']?([\w.-]+)["']?\s*:/.exec(line)?.[1] ?? '';
      continue;
    }
    const name = /(?:OTEL_SERVICE_NAME|DD_SERVICE)["']?\s*[:=]\s*["']?([A-Za-z][\w./-]{0,80})/.exec(line)?.[1] ?? /service\.name=([A-Za-z][\w./-]{0,80})/.exec(line)?.[1];
    if (name !== undefined) names.push(name);
    const from = /^\s*(?:build|context)\s*:\s*["']?([^\s"'{]+)/.exec(line)?.[1] ?? /\bcontext\s*:\s*["']?([^\s"',}]+)/.exec(line)?.[1];
    if (from !== undefined && (place === undefined || place === folder)) place = joinPath(folder, from);
    const dockerfile = /\bdockerfile\s*:\s*["']?([^\s"',}]+\/[^\s"',}]+)/.exec(line)?.[1];
    if (dockerfile !== undefined && (place === undefined || place === folder)) place = joinPath(folder, folderOf(dockerfile));
  }
  close();
  return found;
}
