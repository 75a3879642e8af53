import type { Server } from '@azure/arm-postgresql-flexible';
import type { Problem } from '../../../spec/problem.ts';
import { problemWith } from '../../findings.ts';
import { nextSize, storageTypeOf } from '../api/storage.ts';
import type { AzureContext } from '../context.ts';
import { TOO_LARGE } from './validate-storage.ts';

/** A name is free again some minutes after its server was deleted. */
export function goingAway({ spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live?.state !== 'Dropping') return [];
  const why = 'is the name of a server that is being deleted: run the workflow again in some minutes';
  return [{ input: 'name', value: spec.name, why }];
}

/** What Azure would refuse of the inputs, given the live server. */
export function liveProblems(context: AzureContext, live: Server | undefined): readonly Problem[] {
  return [...tooLarge(context, live), ...passwordMissing(context, live), ...administratorProblems(context, live)];
}

function tooLarge({ spec, settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const gib = settings.allocated_storage;
  if (gib === undefined || settings.storage_type !== undefined) return [];
  return nextSize(gib, storageTypeOf(live)) === undefined
    ? problemWith(spec, 'allocated_storage', ...TOO_LARGE).problems
    : [];
}

/** Azure does not generate a password. */
function passwordMissing({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live !== undefined || settings.master_password === true || settings.restore_source !== undefined) return [];
  return [{ input: 'master_password', why: 'is missing: Azure generates none for a new server' }];
}

/** A server without Entra ID takes no Entra administrators. */
function administratorProblems({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const administrators = settings.entra_administrators ?? [];
  if (administrators.length === 0 || settings.iam_database_authentication_enabled !== undefined) return [];
  if (live?.authConfig?.activeDirectoryAuth === 'Enabled') return [];
  const why = 'needs `iam_database_authentication_enabled: true`: the server does not accept logins with Entra ID';
  return [{ input: 'entra_administrators', why }];
}
