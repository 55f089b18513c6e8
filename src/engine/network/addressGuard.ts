// Addresses that no trace is read from: link-local ones, where clouds hand out credentials to whoever asks from the machine (reliability.md §7.5).
// Checked as written and again after the name was resolved, so that no server or name can lead there. Only a cloud's own credential step may.
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { BackendError } from '../backends/backend.ts';

/** network, prefix: 169.254.169.254 and its kin in the clouds that use other ones. */
const REFUSED = [
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::a83f:8110', 128],
  ['64:ff9b::6464:64c8', 128],
] as const;
const REFUSED_NAMES: ReadonlySet<string> = new Set(['metadata', 'metadata.google.internal', 'instance-data', 'instance-data.ec2.internal']);

const refusedAddresses = new BlockList();
for (const [network, prefix] of REFUSED) refusedAddresses.addSubnet(network, prefix, isIP(network) === 4 ? 'ipv4' : 'ipv6');

export function isRefusedAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && refusedAddresses.check(address.replace(/%.*$/, ''), family === 4 ? 'ipv4' : 'ipv6');
}

/** By its look: an address, or a name that clouds give to one. */
export function isForbidden({ hostname }: URL): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isRefusedAddress(host) || REFUSED_NAMES.has(host);
}

/** Throws BackendError unsupported. */
export function refuseForbidden(url: URL): void {
  if (isForbidden(url)) throw refusal(url.hostname);
}

/** For a socket's connect: fails where any address of the name is refused. */
export function guardedLookup(lookup: LookupFunction = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      const addresses: readonly LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family: family ?? 0 }];
      if (error === null && addresses.some(({ address }) => isRefusedAddress(address))) callback(refusal(hostname), []);
      else callback(error, found, family);
    });
  };
}

const refusal = (host: string): BackendError => new BackendError('unsupported', `${host} is an address of this machine's own network or its cloud's credentials, which no traces are read from; use another address.`);
