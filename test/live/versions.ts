// The one place that says which version of each server the live tests run: versions.json, which `npm run test:live` installs.
import pinned from './versions.json' with { type: 'json' };

export const VERSIONS: Readonly<Record<'jaeger' | 'zipkin' | 'phoenix' | 'moto' | 'botocore' | 'chdb' | 'opensearch' | 'opentelemetryPython', string>> = pinned;
