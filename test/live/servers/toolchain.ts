// Which toolchains this machine has. A tool counts only when it answers: macOS has a `java` that only asks to be installed.
// Live servers run where process groups exist; on Windows there are none, and all of them are skipped with that sentence.
import { spawnSync } from 'node:child_process';

const VERSION_ARGUMENTS = { go: ['version'], java: ['-version'], python3: ['--version'], mvn: ['--version'], npm: ['--version'] } as const;
export type Tool = keyof typeof VERSION_ARGUMENTS;
/** With these a machine can have every server: nothing may then be skipped where CI=true. */
export const TOOLCHAINS: readonly Tool[] = ['go', 'java', 'python3'];

/** undefined when it is there; otherwise why not. */
export function missingTool(tool: Tool): string | undefined {
  if (process.platform === 'win32') return 'live servers need process groups, which Windows has not';
  const answer = spawnSync(tool, VERSION_ARGUMENTS[tool], { stdio: 'ignore', timeout: 20_000 });
  if (answer.error === undefined && answer.status === 0) return undefined;
  return `${tool} was not found on the PATH`;
}
