import { markFor } from '../engine/ownership.ts';
import { defineResource, NO_PERMISSIONS, type Facts, type FieldTable, type Work } from '../engine/resource.ts';
import { scriptTeller, shortHash } from '../postgres/init-sql.ts';
import { runScript } from '../postgres/run-script.ts';
import type { SqlContext } from './context.ts';
import { begunWith, maskStateOf, RUNNING } from './mask-state.ts';
import { MASK_SQL, MASK_SQL_ADDRESS } from './names.ts';
import { sqlGroup } from './observed.ts';

const fields = {
  scripts: { api: 'ownership mark', input: 'mask_sql', impact: 'online', show: shortHash }
} as const satisfies FieldTable;

/** The scripts of `mask_sql` in a copy of data. The mark of its server says that they ran. */
export const maskSql = defineResource<SqlContext>()({
  type: MASK_SQL,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async ({ copy, target }) => {
    const live = copy?.live();
    if (copy?.mask === undefined || live === undefined) return [];
    const state = maskStateOf(live, copy.mask);
    if (state === 'pending') return [];
    return [
      {
        address: MASK_SQL_ADDRESS,
        type: MASK_SQL,
        title: `masking SQL of ${target.name}`,
        ownership: { kind: 'ours' as const, mark: markFor(target) },
        fields: { scripts: state === 'masked' ? copy.mask.hash : 'others' },
        facts: {},
        dependsOn: [],
        concurrencyGroup: sqlGroup(target)
      }
    ];
  },
  create: runAllScripts,
  update: runAllScripts,
  remove: async () => {
    // What it left out is gone.
  }
});

/** As the server's user. No failure shows rows: they may not be masked yet. */
async function runAllScripts(context: SqlContext, work: Work<typeof fields>): Promise<Facts> {
  const { copy, sessions, execution } = context;
  if (copy?.mask === undefined) return {};
  const { main } = await context.fresh();
  const reachedAt = execution.clock.now().toISOString();
  const { scripts, hash } = copy.mask;
  if (copy.isKept) await copy.writeMark({ ...work.mark, masked: RUNNING });
  for (const script of scripts) {
    const { statements } = await runScript(script, {
      database: main,
      login: async use => {
        const session = await sessions.fresh(main);
        try {
          return await use(session);
        } finally {
          await session.close();
        }
      },
      say: scriptTeller(script, execution.log)
    });
    execution.log.info(`${script.file}: ${statements} statements`);
  }
  if (copy.isKept) await copy.writeMark({ ...work.mark, masked: begunWith(hash) });
  context.invalidate();
  return { reachedAt };
}
