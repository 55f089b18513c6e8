// An address as somebody typed it: what it means, and what of it may stand in a sentence. Whoever types a password into it need not
// read it again, nor find it in a log.

/** Without all up to the last `@`, whatever is wrong with it, and with or without a scheme before. */
export const withoutCredentials = (address: string): string => address.replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');

/** Without a scheme it is meant as http: `localhost:16686`. */
export const withScheme = (address: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
