// Programs in the virtual environments of servers/: botocore's client for X-Ray, OpenTelemetry's SDK for OTLP. What they print is JSON.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LiveServer } from '../servers/server.ts';
import type { OtlpDocument } from './otlpTypes.ts';

const TAIL = 2_000;

/** Runs a script of this folder with `input` on its standard input. */
export function runPython(python: NonNullable<LiveServer['python']>, script: string, args: readonly string[], input: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(python.command, [file, ...args], { env: { ...process.env, ...python.env }, stdio: ['pipe', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
    let [out, said] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-TAIL)));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`${script} ended with exit code ${code}: ${said}`))));
    child.stdin.end(input);
  });
}

export interface PythonTrace {
  readonly traceId: string;
  readonly rootSpanId: string;
  readonly childSpanId: string;
  /** Whether the exporters had sent everything in time. */
  readonly flushed: boolean;
}

export interface PythonOtlpOptions {
  readonly protocol: 'http' | 'grpc';
  /** `http://127.0.0.1:4318` or `…:4317`. */
  readonly endpoint: string;
  readonly service: string;
  readonly gzip?: boolean;
}

/** Two spans and two log records, the second an exception, from OpenTelemetry's Python SDK. */
export async function sendFromPython(python: NonNullable<LiveServer['python']>, { protocol, endpoint, service, gzip = false }: PythonOtlpOptions, signal: AbortSignal): Promise<PythonTrace> {
  return (await runPython(python, 'python_otlp.py', [protocol, endpoint, service, gzip ? 'gzip' : 'none'], '', signal)) as PythonTrace;
}

/** What the console exporter of OpenTelemetry's Python SDK prints of a trace. */
export async function printedByPython(python: NonNullable<LiveServer['python']>, otlp: OtlpDocument, signal: AbortSignal): Promise<string> {
  return (await runPython(python, 'python_console.py', [], JSON.stringify(otlp), signal)) as string;
}
