import { closeSync, fchownSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerOwner } from './owner.ts';

/**
 * Passwords for every user, by SCRAM only, and no connections from other machines.
 * https://www.postgresql.org/docs/current/auth-pg-hba-conf.html
 */
const HOST_BASED_AUTHENTICATION = `# Written by pgkeep.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
local replication all scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
host replication all ::1/128 scram-sha-256
`;

/**
 * Settings that initdb would write and that differ from the server's built-in defaults (`shared_buffers` on 14), with
 * the time zone UTC on every machine. All other settings are in the included file, which wins.
 */
const CONFIGURATION = `# Written by pgkeep.
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = '128MB'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
include_if_exists = 'pgkeep.conf'
`;

const FILES = {
  'pg_hba.conf': HOST_BASED_AUTHENTICATION,
  'pg_ident.conf': '# Written by pgkeep.\n',
  'postgresql.conf': CONFIGURATION,
  'postgresql.auto.conf': '# Written by ALTER SYSTEM.\n'
};

/**
 * Writes the configuration that every cluster of ours begins with, replacing that of initdb. No server reads it yet.
 */
export function writeConfiguration(directory: string, owner: ServerOwner | undefined): void {
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(directory, name);
    // Never through a link that another user may have put in its place.
    rmSync(path, { force: true });
    const file = openSync(path, 'wx', 0o600);
    try {
      if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
      writeFileSync(file, text);
    } finally {
      closeSync(file);
    }
  }
}
