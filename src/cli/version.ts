// The version as package.json has it; esbuild puts the file into the bundle.
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
