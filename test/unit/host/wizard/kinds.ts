// Kinds of connections for the wizard's tests: one as most servers are, one with lists to pick from, one in a cloud.
import type { AuthType, ConnectionKind } from '../../../../src/protocol/connections.ts';

export const ALL_AUTH: readonly AuthType[] = ['none', 'bearer', 'basic', 'apiKey', 'headers', 'clientCertificate', 'aws', 'google', 'headersCommand'];

export const SERVER: ConnectionKind = {
  kind: 'server', label: 'Server', needsUrl: true, localUrls: ['http://localhost:9411'], auth: ALL_AUTH, metered: false,
  fields: [{ key: 'tenant', label: 'Tenant', help: 'Sent as a header.', required: false, placeholder: 'team-a' }],
};
const PICKY: ConnectionKind = {
  kind: 'picky', label: 'Picky', needsUrl: true, localUrls: ['http://localhost:6006', 'http://localhost:9411'], auth: ['none', 'bearer'], metered: false,
  fields: [{ key: 'project', label: 'Project', help: 'Which project.', required: true, listed: true }, { key: 'table', label: 'Table', help: 'Which table.', required: true }],
};
export const CLOUD: ConnectionKind = {
  kind: 'cloud', label: 'Cloud', needsUrl: false, localUrls: [], auth: ['aws'], metered: true,
  fields: [{ key: 'region', label: 'Region', help: 'For example eu-central-1.', required: true }],
};
export const FOLDER: ConnectionKind = {
  kind: 'folder', label: 'Folder', needsUrl: false, localUrls: [], auth: ['none'], metered: false,
  fields: [{ key: 'path', label: 'Path', help: 'Absolute.', required: true, folder: true }],
};
export const KINDS = [SERVER, PICKY, CLOUD];
