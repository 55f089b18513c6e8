// An address as somebody typed it, for a sentence: whoever types a password into it need not read it again, nor find it in a log.

/** Without all up to the last `@`, whatever is wrong with it, and with or without a scheme before. */
export const withoutCredentials = (address: string): string => address.replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
