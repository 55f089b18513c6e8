// The Python SDK of OpenTelemetry with both OTLP exporters (PyPI): no server, but what teams send with. A program in it sends spans and
// logs to a collector, as send/python_otlp.py does.
import { VERSIONS } from '../versions.ts';
import { installOnce } from './cache.ts';
import { installPython, pythonOf } from './python.ts';
import type { ServerKind } from './server.ts';
import { missingTool } from './toolchain.ts';

const VERSION = VERSIONS.opentelemetryPython;
const REQUIREMENTS = ['sdk', 'exporter-otlp-proto-http', 'exporter-otlp-proto-grpc'].map((name) => `opentelemetry-${name}==${VERSION}`);

export const pythonOtlp: ServerKind = {
  system: 'otlp-python',
  version: VERSION,
  memoryMb: 0,
  available: () => missingTool('python3'),
  install: (log, signal) => installOnce(`otlp-python-${VERSION}`, (directory) => installPython(directory, REQUIREMENTS, signal), { signal, log }),
  start: (home) => Promise.resolve({ live: { system: 'otlp-python', version: VERSION, python: pythonOf(home) }, stop: () => Promise.resolve() }),
};
