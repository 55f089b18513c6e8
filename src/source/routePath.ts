// Routes of all frameworks in one spelling: "/users/:id", "users/<int:id>", "^users/(?P<id>[0-9]+)/$" and "/Users/{id:int}" are "users/*".
// Pure; must not know frameworks.

/** Segments joined by "/", lower case, parameters "*", none at either end. */
export function normalRoute(route: string): string {
  return route
    .slice(0, 500)
    .replace(/\$\w+<[^<>]*>/g, '*')
    .replace(/\(\?P?<\w+>(?:[^()[\]]|\[[^\]]*\]|\([^()]*\))*\)/g, '*')
    .replace(/\{[^{}]*\}|<[^<>]*>|\[{1,2}[^[\]]*\]{1,2}/g, '*')
    .replace(/\^|\$$/g, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (/^[:*$]/.test(segment) || segment.includes('*') ? '*' : segment.toLowerCase()))
    .join('/');
}

/** What is left in front where a route ends with another; undefined where it does not. */
export function inFrontOf(tail: string, route: string): string | undefined {
  if (tail === '') return route;
  if (route === tail) return '';
  return route.endsWith(`/${tail}`) ? route.slice(0, -tail.length - 1) : undefined;
}

export const lastSegment = (route: string): string => route.slice(route.lastIndexOf('/') + 1);

/** A segment that is no parameter. */
export const saysPlace = (route: string): boolean => route.split('/').some((segment) => segment !== '' && segment !== '*');
