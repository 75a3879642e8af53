import { defined } from '../../../../engine/defined.ts';
import { ownership } from '../../../../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type FieldsOf, type Observed } from '../../../../engine/resource.ts';
import { SERVER, SUPERUSER } from '../../addresses.ts';
import type { LocalContext } from '../../context.ts';
import { serverFacts } from '../../live-state.ts';
import type { LiveServer } from '../../live-types.ts';
import { STOPPED } from '../child-resource.ts';
import { createServer } from './create.ts';
import { liveValues, pendingValues, SERVER_KIND, type ServerFields } from './fields.ts';
import { removeServer } from './remove.ts';
import { updateServer } from './update.ts';

/** The PostgreSQL server of a name: a process, and a data directory in the runner's temporary folder. */
export const server = defineResource<LocalContext>()({
  ...SERVER_KIND,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    return live === undefined ? [] : [observed(context, live)];
  },
  create: createServer,
  update: updateServer,
  remove: removeServer
});

/** Only the running server tells its locale. */
function unreadLocale({ settings }: LocalContext): FieldsOf<ServerFields, string> {
  return defined({
    encoding: settings.encoding && STOPPED,
    locale: settings.locale && STOPPED,
    icu_locale: settings.icu_locale && STOPPED
  });
}

function observed(context: LocalContext, live: LiveServer): Observed<ServerFields> {
  const { mark, credentials } = live;
  return {
    address: SERVER,
    type: SERVER,
    title: `server ${context.spec.name}`,
    ownership: ownership(mark, context.target),
    fields: liveValues(live),
    ...(live.locale === undefined ? { unknown: unreadLocale(context) } : {}),
    pending: pendingValues(live),
    facts: { ...serverFacts(live), username: credentials.master?.name ?? SUPERUSER },
    isProtected: mark?.isProtected ?? false,
    dependsOn: [],
    concurrencyGroup: SERVER
  };
}
