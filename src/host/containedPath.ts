// Does a real path lie inside a real root? Both are compared after realpath, so that no symbolic link leads out (reliability §8.4).
// Pure over the path flavour of the platform.
import nodePath from 'node:path';

export type PathFlavour = Pick<typeof nodePath, 'relative' | 'isAbsolute' | 'sep'>;

/** `file` may be the root's descendant only, not the root itself. */
export function isInside(realRoot: string, realFile: string, flavour: PathFlavour = nodePath): boolean {
  const relative = flavour.relative(realRoot, realFile);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${flavour.sep}`) && !flavour.isAbsolute(relative);
}
