import type { Configuration, Server } from '@azure/arm-postgresql-flexible';
import type { Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { refuseLiveProblems, type Problem } from '../../../spec/problem.ts';
import { ignoring } from '../../failures.ts';
import { withOriginalNames } from '../../with-original-names.ts';
import type { DesiredState } from '../../provider.ts';
import type { AzureContext } from '../context.ts';
import { configurationsByName } from '../api/configuration.ts';
import { desiredSupporting } from './supporting.ts';
import { desireReplicas } from './replicas.ts';
import { desireServer } from './server.ts';
import { liveNotices } from '../checks/live-notices.ts';
import { checkOffer, checkReplicaRegion } from '../checks/availability.ts';
import { restoreOf } from './restore-source.ts';
import { problemWith } from '../../findings.ts';
import { sizeOnLadder, storageTypeOf } from '../api/storage.ts';
import { TOO_LARGE } from '../checks/validate-storage.ts';
import { versionOf } from './version.ts';

/** What the inputs mean on Azure, now that the live state is known. Throws `input-invalid` for what Azure would refuse. */
export async function desire(context: AzureContext, observed: readonly Observed[]): Promise<DesiredState> {
  const refuse = (problems: readonly Problem[]): void => refuseLiveProblems(withOriginalNames(context.spec, problems));
  const live = await context.liveState().main();
  refuse(goingAway(context, live));
  const restore = live === undefined ? await restoreOf(context) : undefined;
  const version = versionOf(context, live ?? restore?.live);
  refuse([...(restore?.problems ?? []), ...version.problems]);
  const alone = desireServer(context, live, restore, version);
  const [offer, elsewhere, configurations, notices] = await Promise.all([
    checkOffer(context, alone, live, restore?.live),
    checkReplicaRegion(context, alone, live ?? restore?.live, observed),
    liveConfigurations(context, live),
    liveNotices(context, live)
  ]);
  const replicas = desireReplicas(context, observed, alone, live);
  refuse([
    ...tooLarge(context, live),
    ...passwordMissing(context, live),
    ...administratorProblems(context, live),
    ...offer.problems,
    ...elsewhere.problems,
    ...replicas.problems
  ]);
  const server = { ...alone, dependsOn: replicas.before };
  const major = majorOf(alone.fields['engine_version']?.value, live ?? restore?.live);
  const supporting = desiredSupporting(context, observed, { live, configurations, major, replicas: replicas.desired });
  refuse(supporting.problems);
  return {
    desired: [server, ...supporting.desired],
    notices: withOriginalNames(context.spec, [
      ...version.notices,
      ...(restore?.notices ?? []),
      ...offer.notices,
      ...elsewhere.notices,
      ...notices
    ])
  };
}

async function liveConfigurations(
  context: AzureContext,
  live: Server | undefined
): Promise<ReadonlyMap<string, Configuration>> {
  if (live === undefined || context.settings.parameters === undefined) return new Map();
  return (await ignoring(['denied'], configurationsByName(context))) ?? new Map();
}

function majorOf(wanted: FieldValue | undefined, live: Server | undefined): number {
  const version = typeof wanted === 'string' ? wanted : live?.version;
  return version === undefined ? DEFAULT_MAJOR : Number.parseInt(version, 10);
}

/** A name is free again some minutes after its server is gone. */
function goingAway({ spec }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live?.state !== 'Dropping') return [];
  const why = 'is the name of a server that is being deleted: run the workflow again in some minutes';
  return [{ input: 'name', value: spec.name, why }];
}

function tooLarge({ spec, settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const gib = settings.allocated_storage;
  if (gib === undefined || settings.storage_type !== undefined) return [];
  return sizeOnLadder(gib, storageTypeOf(live)) === undefined
    ? problemWith(spec, 'allocated_storage', ...TOO_LARGE).problems
    : [];
}

/** Azure makes no password by itself. */
function passwordMissing({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  if (live !== undefined || settings.master_password === true || settings.restore_source !== undefined) return [];
  return [{ input: 'master_password', why: 'is missing: Azure makes none for a new server' }];
}

/** Nobody is made an administrator of a server that does not know Entra ID. */
function administratorProblems({ settings }: AzureContext, live: Server | undefined): readonly Problem[] {
  const asked = settings.entra_administrators ?? [];
  if (asked.length === 0 || settings.iam_database_authentication_enabled !== undefined) return [];
  if (live?.authConfig?.activeDirectoryAuth === 'Enabled') return [];
  const why = 'needs `iam_database_authentication_enabled: true`: the server does not take logins with Entra ID';
  return [{ input: 'entra_administrators', why }];
}
