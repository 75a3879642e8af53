import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../../src/engine/plan.ts';
import { withSqlSession, type ConnectionTarget } from '../../../src/postgres/connection.ts';
import { ensureCertificate } from '../../../src/providers/local/cluster/certificate.ts';
import { azure } from '../../../src/providers/azure/provider.ts';
import { digitalocean } from '../../../src/providers/digitalocean/provider.ts';
import { MAJORS, type Major } from '../../../src/postgres/major.ts';
import { unsupported } from '../../../src/providers/unsupported.ts';
import type { DatabaseOutputs } from '../../../src/providers/provider.ts';
import { ask, query } from '../../support/client.ts';
import type { CloudRun, CloudRunOptions } from '../../support/cloud-run.ts';
import { exampleJobs } from '../../support/examples.ts';
import { accessFor, FIREWALLS, type FirewalledServer } from '../../support/firewalls.ts';
import { gateTo, type Gate } from '../../support/gate.ts';
import { make, refusalOf, rows, run, unmake, urlOf } from '../../support/pull-request-database.ts';
import { objectsServer } from '../../support/objects-server.ts';
import { testClusters, type TestCluster, type TestClusters } from '../../support/real-server.ts';

type Inputs = Readonly<Record<string, string>>;

const RUNNER = '203.0.113.7';
const WHOLE = 'digitalocean';
/** Where all that can become of a kept password is shown. */
const KEEPING = 'gcp';
const SEED = { password_seed: 'a seed of more than 16', skip_final_snapshot: 'true' };

let clusters: TestClusters;
let postgres: TestCluster;
let root: ConnectionTarget;
let ca: string;
let workspace: string;
beforeAll(async () => {
  clusters = await testClusters();
  workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  writeFileSync(join(workspace, 'orders.sql'), 'create table orders (id serial primary key, note citext)');
});
afterAll(async () => clusters.remove());

/** The server behind each cloud, and that of the runner itself: each major once. */
const MAJOR_OF: Readonly<Record<string, Major>> = { aws: 18, azure: 14, digitalocean: 16, gcp: 15, local: 17 };

/** Starts the server of a cloud, which the tests that follow use. */
async function serve(cloud: string): Promise<void> {
  postgres = await clusters.create({ major: MAJOR_OF[cloud] ?? fail(cloud) });
  await ensureCertificate(postgres.layout, postgres.owner);
  const parameters = { shared_buffers: '16MB', log_statement: 'all', log_line_prefix: '%u|' };
  await postgres.configure({ tls: postgres.layout, parameters });
  await postgres.start();
  root = postgres.target();
  ca = await readFile(postgres.layout.certificateFile, 'utf8');
}

/**
 * What reached the server through each cloud to make all that `SALES` asks for. The last test holds these texts to be
 * the same, down to the byte, and those of `local`: what is below a way in knows no cloud, and no major. So each major
 * makes, uses and removes everything, each rule that `unit/sql-objects/majors` shows holds on each cloud, and what is
 * shown here of a cloud on each major. What needs no more of a cloud than its way in is shown behind `WHOLE`.
 */
const sent = new Map<string, readonly string[]>();

/** The texts of SQL that a user sent while `work` ran, by the server's own log, without what differs in each run. */
async function textsOf(user: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await readFile(postgres.layout.logFile)).length;
  await work();
  const log = (await readFile(postgres.layout.logFile)).subarray(before).toString();
  return log
    .split(/\n(?!\t)/)
    .flatMap(entry => {
      const [, by, text] = /^(.*?)\|LOG: {2}(?:statement|execute [^:]+): ([^]*)/.exec(entry) ?? [];
      return by === user && text !== undefined ? [text] : [];
    })
    .map(text => text.replaceAll(`"${user}"`, '"the admin"'))
    .map(text => text.replaceAll(/SCRAM-SHA-256\$[^']*/g, 'a verifier').replaceAll(/"version":\d/g, '"version":…'))
    .map(text => text.replace(/(pg_settings where name = any\()[^)]*/, '$1…'));
}

/** The inputs of a whole application: its database, and a login for each of its parts. */
const SALES: Inputs = {
  ...SEED,
  extensions: 'hstore',
  databases: 'sales: { extensions: [citext], init_sql: [orders.sql] }',
  roles: `
    sales_app: { access: { sales: readwrite }, connection_limit: 20 }
    sales_migrate: { access: { sales: owner } }
    sales_bi: { access: { sales: readonly, shop: readonly } }`
};

/** None of it, and what another owner has in the server. */
const GONE: Inputs = {
  ...SEED,
  extensions: 'hstore',
  databases: 'sales: absent',
  roles: 'sales_app: absent\nsales_migrate: absent\nsales_bi: absent'
};
const GUEST = ['CREATE ROLE guest', 'GRANT sales_readonly TO guest'];
const LEFT = "select rolname from pg_roles where rolname ~ '^(sales|guest)'";

const KEPT: Inputs = { keep_role_passwords: 'true', roles: 'kept: { access: { shop: readonly } }' };

/** An identity of a cloud as a role, what is refused, and what the cloud has in its servers for it. */
interface CloudLogin {
  readonly entry: string;
  /** In the server. */
  readonly name: string;
  readonly wrong: readonly (readonly [entry: string, says: RegExp])[];
  readonly before: readonly string[];
}

/** A server that is not there yet: it is planned without a look inside. */
const FRESH: Inputs = { name: 'fresh' };
const KEEPS: Inputs = { keep_role_passwords: 'true' };

/** Azure lets only administrators of Entra ID call it. */
const PRINCIPAL_FUNCTION = 'pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean)';

const LOGINS: Readonly<Record<string, CloudLogin>> = {
  aws: {
    entry: 'login: cloud',
    name: 'analyst',
    wrong: [['login: cloud, principal: ann', /under its own name/]],
    before: ['CREATE ROLE rds_iam NOLOGIN', 'GRANT rds_iam TO keeper WITH ADMIN TRUE, INHERIT FALSE, SET FALSE']
  },
  gcp: {
    entry: 'login: cloud, principal: "serviceAccount:bi@shop-project.iam.gserviceaccount.com"',
    name: 'bi@shop-project.iam',
    wrong: [
      ['login: cloud, principal: ann', /`principal` with `user:`/],
      ['principal: "user:ann@example.com"', /`login: cloud`/],
      ['login: cloud, principal: "user:ann@example.com", connection_limit: 3', /takes no `connection_limit`/]
    ],
    // The API makes it, with a user who may do what the master user may not.
    before: ['CREATE ROLE "bi@shop-project.iam" LOGIN']
  },
  azure: {
    entry: 'login: cloud, object_id: 00000000-0000-4000-8000-000000000001, kind: group',
    name: 'analyst',
    wrong: [['login: cloud', /`principal`, its name in Entra ID/]],
    before: [
      `CREATE FUNCTION pgaadauth_create_principal_with_oid(name text, id text, kind text, admin boolean, mfa boolean)
         RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
           IF kind <> 'group' OR admin OR mfa THEN RAISE 'not as asked'; END IF;
           EXECUTE format('CREATE ROLE %I LOGIN', name);
           PERFORM set_config('allow_system_table_mods', 'on', true);
           INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
             SELECT oid, 'pg_authid'::regclass, 'pgaadauth', format('aadauth,oid=%s,type=%s', id, kind) FROM pg_roles WHERE rolname = name;
           RETURN name;
         END $$`,
      `REVOKE EXECUTE ON FUNCTION ${PRINCIPAL_FUNCTION} FROM PUBLIC`
    ]
  }
};

/** What a cloud makes of its servers, for a master user without the rights of a superuser. */
interface Admin {
  /** The role that holds the user's rights and owns the databases. */
  readonly group?: string;
  /** Databases besides the one of the inputs. */
  readonly own?: readonly string[];
  readonly login: Inputs;
  readonly needs: Inputs;
}

const KEEPER: Inputs = { master_username: 'keeper', database_name: 'shop' };
const ADMINS: Readonly<Record<string, Admin>> = {
  aws: { group: 'rds_superuser', login: KEEPER, needs: {} },
  azure: { group: 'azure_pg_admin', login: KEEPER, needs: { parameters: 'azure.extensions: citext,hstore' } },
  gcp: { group: 'cloudsqlsuperuser', login: KEEPER, needs: {} },
  digitalocean: { own: ['defaultdb'], login: { database_name: 'shop' }, needs: {} }
};

/** What refusals of `pg_cron` on a new server say to set, by cloud. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  aws: ['shared_preload_libraries: "pg_cron"'],
  azure: ['azure.extensions: "pg_cron"', 'shared_preload_libraries: "pg_cron"'],
  gcp: ['cloudsql.enable_pg_cron: "on"'],
  digitalocean: []
};

const VECTOR = ['create extension/vector'];
const SECRETS = ['create role-secret/shop_app', 'create role/shop_app'];
/** What an example for several clouds is about, as steps of the plan for a new server. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'pgvector-on-clouds.yml': { aws: VECTOR, azure: VECTOR, gcp: VECTOR, digitalocean: VECTOR },
  'role-passwords-on-clouds.yml': { aws: SECRETS, gcp: SECRETS },
  'cloud-logins.yml': {
    aws: ['create role/analysts'],
    azure: ['create login/analysts'],
    gcp: ['create user/analysts@example.com', 'create login/analysts@example.com']
  }
};

/** What the repository of an example knows. */
const VALUES: Inputs = {
  ANALYSTS_OBJECT_ID: '00000000-0000-4000-8000-000000000002',
  AZURE_OBJECT_ID: '00000000-0000-4000-8000-000000000003',
  DATABASE_PASSWORD: 'Canary-horse-8431',
  GCP_PROJECT: 'shop-project',
  RESOURCE_GROUP: 'shop',
  SUBNET_IDS: 'subnet-1',
  VPC_ID: 'vpc-1'
};
/** Inputs of an example that are about the run, or about a network that is another one here. */
const ELSEWHERE = ['cloud_provider', 'command', 'comment', 'aws_region', 'vpc_id', 'subnet_ids'];

describe.each(Object.keys(FIREWALLS))('inside a server of %s', cloud => {
  const { group, own = [], login, needs } = ADMINS[cloud] ?? { login: {}, needs: {} };
  let server: FirewalledServer;
  let gate: Gate;
  let admin: ConnectionTarget;
  /** The runner is in the network of the server, where no firewall is opened: for what is not about a rule. */
  let isNear = false;

  beforeAll(async () => {
    await serve(cloud);
    server = (await FIREWALLS[cloud]?.({ ...login, ...needs })) ?? fail(cloud);
    const isAdmitted = (): boolean => isNear || server.entries().some(({ address }) => address === RUNNER);
    gate = await gateTo(postgres.settings, isAdmitted);
    const { session } = await server.run();
    const outputs = await session.outputs(await session.observe());
    await session.close();
    const { username: user, password = '', database } = outputs?.endpoint ?? fail(cloud);
    admin = { ...root, user, password };
    await run(root, `CREATE ROLE ${user} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`);
    if (group !== undefined) await run(root, `CREATE ROLE ${group} NOLOGIN`, `GRANT ${group} TO ${user}`);
    await run(root, ...[database, ...own].map(name => `CREATE DATABASE ${name} OWNER ${group ?? user}`));
    admin = { ...admin, database };
  });
  afterEach(() => {
    isNear = false;
    server.reset();
  });
  afterAll(async () => {
    await gate.close();
    await server.stop();
  });

  const open = async (inputs: Inputs, options: CloudRunOptions = {}): Promise<CloudRun> =>
    server.run(
      {
        ...(isNear ? {} : { access: accessFor([RUNNER]) }),
        place: { host: gate.host, port: gate.port, ca },
        workspace,
        ...options
      },
      { ...needs, ...inputs }
    );
  /** Runs to the end of the session, as a step does. */
  const within = async <T>(opened: CloudRun, work: (opened: CloudRun) => Promise<T>): Promise<T> => {
    try {
      return await work(opened);
    } finally {
      await opened.session.close();
      expect(server.entries()).toHaveLength(1);
    }
  };
  const planned = async (inputs: Inputs, options?: CloudRunOptions): Promise<Plan> =>
    within(await open(inputs, options), async opened => (await opened.plan()).plan);
  const steps = async (inputs: Inputs): Promise<readonly string[]> => stepsOf(await planned(inputs));
  const appliedAs = async (inputs: Inputs): ReturnType<CloudRun['apply']> =>
    within(await open(inputs), async opened => opened.apply());
  const applied = async (inputs: Inputs): Promise<DatabaseOutputs | undefined> => (await appliedAs(inputs)).outputs;
  /** As a later step reaches the server, from within its network. */
  const reachedUrl = (outputs: DatabaseOutputs | undefined, place = {}): string =>
    urlOf(outputs && { ...outputs, endpoint: { ...outputs.endpoint, port: postgres.settings.port, ...place } });
  /** The address for a login to the sales database, by a run that finds nothing to do. */
  const urlFor = async (role: string): Promise<string> =>
    within(await open({ ...SALES, application_role: role }), async opened => {
      expect(stepsOf((await opened.plan()).plan)).toEqual([]);
      const outputs = await opened.session.outputs(await opened.session.observeForOutputs());
      return reachedUrl(outputs, { database: 'sales' });
    });

  test('databases, logins, rights, extensions and SQL are made through a rule for the runner, over TLS', async () => {
    const made = await open({ ...SALES, application_role: 'sales_app' });
    let app = '';
    const texts = await textsOf(admin.user, async () =>
      within(made, async opened => {
        app = reachedUrl((await opened.apply()).outputs);
      })
    );
    sent.set(cloud, texts);
    expect(made.execution.lines.join('\n')).toContain('Opened the firewall of orders to this runner alone');
    expect(app).toMatch(/^postgresql:\/\/sales_app:.*\/sales$/);
    await holdRights(app, await urlFor('sales_bi'), await urlFor('sales_migrate'));
  });

  test('an extension that parameters keep out is refused with the line to set, or gets what it needs', async () => {
    const lines = LINES[cloud] ?? fail(cloud);
    const inputs = { ...SEED, name: 'scheduled', extensions: 'pg_cron' };
    const refusal = await problemIn(planned({ ...inputs, ...(cloud === 'azure' ? { parameters: '' } : {}) }));
    const told = [...refusal.matchAll(/set it in `parameters`: `([^`]+)`/g)].map(([, line]) => line);
    expect(told).toEqual(lines);
    if (cloud === WHOLE) {
      // No server has extensions of these names, so that none has to be asked.
      const misnamed = await problemIn(planned({ ...inputs, extensions: 'VECTOR\npgcron' }));
      expect(misnamed).toMatch(/"VECTOR".*did you mean `vector`.*"pgcron".*did you mean `pg_cron`/s);
    }
    if (cloud === 'gcp') {
      const parameters = 'cloudsql.enable_pg_cron: "off"';
      expect(await problemIn(planned({ ...inputs, parameters }))).toContain(lines.join());
    }
    // Where the inputs set parameters, the plan adds these.
    for (const parameters of [lines.join('\n'), 'work_mem: 8MB']) {
      const plan = await planned({ ...inputs, parameters });
      const isSet = ({ changes }: Plan['steps'][number], line: string): boolean =>
        changes.some(({ field, to }) => line === `${field.replace('parameters.', '')}: ${JSON.stringify(to)}`);
      const at = lines.map(line => plan.steps.findIndex(step => isSet(step, line)));
      const made = plan.steps.findIndex(({ address }) => address === 'extension/pg_cron');
      expect(at.every(one => one >= 0 && one < made)).toBe(true);
    }
  });

  if (cloud === 'azure') {
    test('the allow-list of a live server gets what an extension needs, in the same apply', async () => {
      isNear = true;
      const inputs = { ...SALES, extensions: 'hstore\npgcrypto', parameters: 'azure.extensions: citext,hstore' };
      const { plan } = await appliedAs(inputs);
      const changes = plan.steps
        .flatMap(step => step.changes)
        .filter(({ field }) => field === 'parameters.azure.extensions');
      expect(changes.map(({ to }) => to)).toEqual(['citext,hstore,pgcrypto']);
      expect(await steps(inputs)).toEqual([]);
      const made = "select extname from pg_extension where extname = 'pgcrypto'";
      expect(await rows({ ...root, database: 'shop' }, made)).toHaveLength(1);
    });
  }

  test.each(Object.entries(EXAMPLES))('the example %s plans what it is about', async (file, made) => {
    const job = exampleJobs([file], VALUES).find(one => one.job === cloud);
    const wanted = made[cloud] ?? [];
    expect(job === undefined).toBe(wanted.length === 0);
    if (job === undefined) return;
    const given = Object.entries(job.steps[0]?.inputs ?? fail(cloud));
    const kept = Object.fromEntries(given.filter(([name]) => !ELSEWHERE.includes(name)));
    expect(await steps(kept)).toEqual(expect.arrayContaining([...wanted]));
  });

  test('the identity of the run logs in over TLS, and a given login has its own password', async () => {
    await within(await open({ ...SEED, login_as: 'deployer' }), async opened => {
      const { session, masked } = opened;
      const observed = await session.observe();
      const { endpoint } = (await session.outputs(observed)) ?? fail(cloud);
      const identity = await opened.identityLogin(endpoint);
      expect(identity === undefined).toBe(cloud === 'digitalocean');
      const token = (await identity?.token()) ?? '';
      expect(masked.includes(token)).toBe(identity !== undefined);
      expect(token.length > 20).toBe(identity !== undefined);
      // A server without the cloud behind it takes the token for a password.
      await run(root, `CREATE ROLE deployer LOGIN PASSWORD '${token}'`);
      const way = await session.wayIn(observed);
      if (way.kind === 'not-reachable') throw new Error(way.why);
      const who = async (entry: Parameters<typeof way.open>[0]): Promise<unknown> => {
        const entered = await way.open(entry, new AbortController().signal);
        if (entered.kind === 'not-reachable') throw new Error(entered.why);
        const found = 'select current_user as name, ssl from pg_stat_ssl where pid = pg_backend_pid()';
        const [row] = await entered.session.query(found);
        await entered.session.close();
        return row;
      };
      expect(await who({ database: 'shop' })).toEqual({ name: identity?.user ?? admin.user, ssl: true });
      const given = { user: admin.user, password: admin.password };
      expect(await who({ database: 'shop', login: given })).toEqual({ name: admin.user, ssl: true });
    });
  });

  // e2e/ephemeral-gcp and e2e/ephemeral-digitalocean show it through the bundle.
  if (cloud === 'aws' || cloud === 'azure') {
    test('a pull request gets its database, and loses it again', async () => {
      const opened = await open(SEED);
      const session = await opened.pullRequestDatabase(7);
      const { outputs } = await make(session);
      expect(server.entries()).toHaveLength(1);
      expect(await ask(reachedUrl(outputs), 'select current_user = current_database()')).toBe(true);
      await unmake(await (await open(SEED)).pullRequestDatabase(7));
      expect(await rows(root, "select 1 from pg_database where datname ~ '^pr_7_'")).toEqual([]);
    });
  }

  test('generated passwords are kept in the secret store of the cloud, where it has one', async () => {
    isNear = true;
    const kept = { ...KEPT, skip_final_snapshot: 'true' };
    const { secrets } = server;
    if (secrets === undefined) {
      const opened = await open(kept);
      const { capabilities } = cloud === 'azure' ? azure : digitalocean;
      expect(unsupported(opened.spec, capabilities).map(({ message }) => message)).toEqual([
        expect.stringContaining('Set `password_seed`')
      ]);
      expect((await planned(kept)).notices.map(({ code }) => code)).toContain('password-once');
      return;
    }
    const name = secrets.nameFor('kept');
    const password = (): string | undefined => secrets.all()[name];
    const masked: string[] = [];
    const roleUrl = async (inputs: Inputs): Promise<string> => {
      const opened = await open({ ...inputs, application_role: 'kept' });
      const url = await within(opened, async ({ session }) =>
        reachedUrl(await session.outputs(await session.observeForOutputs()))
      );
      masked.push(...opened.masked);
      return url;
    };
    const userWith = async (inputs: Inputs): Promise<unknown> => {
      const url = await roleUrl(inputs);
      expect(masked).toContain(password());
      return ask(url, 'select current_user');
    };
    const userOr = async (inputs: Inputs): Promise<unknown> =>
      within(await open({ ...inputs, application_role: 'kept' }), async ({ session }) => {
        const outputs = await session.outputs(await session.observeForOutputs());
        return outputs?.endpoint.password === undefined ? 'no password' : 'a password';
      });
    /** By an apply, which gives the login out itself. */
    const userAfter = async (inputs: Inputs): Promise<unknown> => {
      const { plan, outputs } = await appliedAs({ ...inputs, application_role: 'kept' });
      return [stepsOf(plan), await ask(reachedUrl(outputs), 'select current_user')];
    };
    const gone = { ...kept, roles: 'kept: absent' };
    const { plan } = await appliedAs(kept);
    expect(stepsOf(plan).filter(one => one.endsWith('/kept'))).toEqual(['create role-secret/kept', 'create role/kept']);
    expect(await userWith(kept)).toBe('kept');
    expect(await steps(kept)).toEqual([]);
    if (cloud !== KEEPING) {
      await applied(gone);
      expect(password()).toBeUndefined();
      return;
    }

    // A password that was not written in the end is not sent to the role.
    const before = password();
    const next: Inputs = { ...kept, roles: 'kept: { access: { shop: readonly }, password_version: b }' };
    server.fault({ action: secrets.calls[1] ?? '', code: 'PERMISSION_DENIED', status: 403 });
    await expect(applied(next)).rejects.toMatchObject({ code: 'permission-denied' });
    expect(await userWith(kept)).toBe('kept');
    expect(await userOr(next)).toBe('no password');
    expect(await userAfter(next)).toEqual([['update role-secret/kept', 'update role/kept'], 'kept']);
    expect(password()).not.toBe(before);

    // So does one from elsewhere, without another version; the secret goes with the same apply, and comes back.
    const seeded = { ...next, ...SEED, keep_role_passwords: 'false' };
    expect(await userAfter(seeded)).toEqual([['update role/kept', 'delete role-secret/kept'], 'kept']);
    expect(await steps(seeded)).toEqual([]);
    const back = [['create role-secret/kept', 'update role/kept'], 'kept'];
    expect(await userAfter(next)).toEqual(back);

    // A given password takes the place of the secret's, which is not given out any more.
    const given = {
      skip_final_snapshot: 'true',
      roles: next['roles'] ?? '',
      role_passwords: 'kept: "of the workflow"'
    };
    expect(await userAfter(given)).toEqual([['update role/kept'], 'kept']);
    expect(await userOr(next)).toBe('no password');
    expect(await userAfter(next)).toEqual([['update role/kept'], 'kept']);

    // Another one takes the secret away: the role gets the password of the new one.
    secrets.remove(name);
    expect(await userOr(next)).toBe('no password');
    expect(await userAfter(next)).toEqual(back);
    expect(await userWith(next)).toBe('kept');

    await run(root, 'CREATE DATABASE of_kept OWNER kept');
    await expect(applied(gone)).rejects.toThrow(/of_kept/);
    expect(password()).toBeDefined();
    await run(root, 'DROP DATABASE of_kept');
    await applied(gone);
    expect(password()).toBeUndefined();
  });

  test('a role logs in by an identity of the cloud, or the way out is named', async () => {
    isNear = true;
    const identity = LOGINS[cloud];
    const inputs = (entry: string, more: Inputs = {}): Inputs => ({
      ...SEED,
      iam_database_authentication_enabled: 'true',
      roles: `analyst: { access: { shop: readonly }, ${entry} }`,
      ...more
    });
    if (identity === undefined) {
      const said = await problemIn(planned(inputs('login: cloud', FRESH)));
      expect(said).toMatch(/can’t log in by a cloud identity.*`login: password`/s);
      expect(await steps(inputs('login: password', FRESH))).toContain('create role/analyst');
      return;
    }
    const { entry, name, wrong, before } = identity;
    if (cloud !== 'aws') {
      const same = entry.includes('principal') ? entry : 'login: cloud, principal: analyst';
      const twice = await problemIn(
        planned(inputs(entry, { ...FRESH, roles: `analyst: { ${entry} }\nother: { ${same} }` }))
      );
      expect(twice).toMatch(/"other" is the login .*, as analyst is/);
    }
    for (const [given, says] of wrong) expect(await problemIn(planned(inputs(given, FRESH)))).toMatch(says);
    expect(
      await problemIn(planned(inputs(entry, { ...FRESH, iam_database_authentication_enabled: 'false' })))
    ).toContain('`iam_database_authentication_enabled: true`');
    expect(await problemIn(planned(inputs(entry, { ...FRESH, application_role: 'analyst' })))).toContain('no password');
    await run({ ...root, database: 'postgres' }, ...before);
    if (cloud === 'azure') {
      await expect(applied(inputs(entry))).rejects.toMatchObject({
        hint: expect.stringContaining('`login_as`') as string
      });
      const asAdministrator = inputs(entry, { login_as: 'deployer' });
      const token = await within(await open(asAdministrator), async opened => {
        const { endpoint } = (await opened.session.outputs(await opened.session.observe())) ?? fail(cloud);
        return (await opened.identityLogin(endpoint))?.token();
      });
      await run(
        { ...root, database: 'postgres' },
        'DROP ROLE IF EXISTS deployer',
        `CREATE ROLE deployer LOGIN CREATEROLE PASSWORD '${token ?? ''}'`,
        `GRANT ${admin.user} TO deployer`,
        `GRANT EXECUTE ON FUNCTION ${PRINCIPAL_FUNCTION} TO deployer`
      );
      await applied(asAdministrator);
    }
    const billed = await planned(inputs(entry, { ...FRESH, ...KEEPS }));
    expect(billed.notices.map(({ code }) => code)).not.toContain('secrets-billed');
    const { plan: asked } = await appliedAs(inputs(entry));
    expect(stepsOf(asked).some(one => one.startsWith('create user/'))).toBe(cloud === 'gcp');
    const [role] = await rows<{ login: boolean; password: boolean; groups: readonly string[] }>(
      root,
      `select rolcanlogin as login, rolpassword is not null as password, (select array_agg(g.rolname::text order by g.rolname)
         from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = a.oid) as groups
         from pg_authid a where rolname = '${name}'`
    );
    const groups = cloud === 'aws' ? ['rds_iam', 'shop_readonly'] : ['shop_readonly'];
    expect(role).toEqual({ login: true, password: false, groups });
    // Rights that someone took are drift, and come back.
    await run(
      admin,
      `REVOKE ${groups.at(-1) ?? ''} FROM "${name}"`,
      ...(cloud === 'aws' ? ['REVOKE rds_iam FROM analyst'] : [])
    );
    expect(stepsOf((await appliedAs(inputs(entry))).plan)).toHaveLength(1);
    expect(await steps(inputs(entry))).toEqual([]);
    // One that is taken off the map keeps its rights. Where it carries no mark, the plan says how to end them.
    const without = inputs('', { roles: 'others: { access: { shop: readonly } }', iam_users: 'user:ann@example.com' });
    const leftBy = ({ notices }: Plan): string =>
      notices.flatMap(({ code, message }) => (code === 'login-left' ? [message] : [])).join();
    const plan = await planned(without);
    const [, statement] = /run `(REVOKE [^`]*)`/.exec(leftBy(plan)) ?? [];
    expect(statement).toBe(cloud === 'aws' ? undefined : `REVOKE "shop_readonly" FROM "${name}"`);
    if (cloud === 'gcp') expect(stepsOf(plan)).toContain(`delete user/${name}`);
    if (statement === undefined) return;
    await run(admin, statement);
    expect(leftBy(await planned(without))).toBe('');
  });

  test('what is removed goes, and roles of others stay', async () => {
    isNear = true;
    await run(root, ...GUEST);
    await applied(GONE);
    expect(await rows(root, LEFT)).toEqual([{ rolname: 'guest' }]);
  });

  if (cloud === WHOLE) {
    test('out of reach, the plan says so and goes on, an apply says what is left, and strict refuses', async () => {
      const inputs = { ...SALES, databases: '[sales, more]' };
      const access = accessFor([RUNNER], { isAllowed: false });
      const plan = await planned(inputs, { access });
      expect(plan.counts.unknown).toBeGreaterThan(5);
      const notice = plan.notices.find(({ code }) => code === 'not-reachable');
      expect(notice?.message).toMatch(/not compared.*Left to do inside the server.*database more/);
      const closed = (await planned(inputs, { access: undefined } as unknown as CloudRunOptions)).notices;
      expect(closed.find(({ code }) => code === 'not-reachable')?.message).toContain('Set `runner_access: true`');
      const fresh = await open({ ...inputs, name: 'fresh', application_role: 'sales_app' }, { access });
      const { outputs } = await within(fresh, async opened => opened.apply());
      expect([outputs?.endpoint.username, outputs?.endpoint.password]).toEqual(['sales_app', undefined]);
      expect(fresh.execution.lines.join('\n')).toMatch(/Left to do inside the server.*database more/);
      const strict = await open({ ...inputs, name: 'strict' }, { access, strict: true });
      await expect(within(strict, async opened => opened.apply())).rejects.toMatchObject({ code: 'not-reachable' });
    });
  }
});

describe('inside a server of the runner itself', () => {
  beforeAll(async () => serve('local'));

  test('a login over TLS takes six round trips, that of TCP included', async () => {
    const gate = await gateTo(postgres.settings, () => true);
    try {
      const target: ConnectionTarget = { ...root, port: gate.port, tls: { verify: 'ca', ca } };
      const turns = await withSqlSession(target, new AbortController().signal, async ({ encrypted }) => {
        expect(encrypted).toBe(true);
        return gate.turns();
      });
      expect(1 + turns).toBe(6);
    } finally {
      await gate.close();
    }
  });

  test('every cloud sends the same SQL to every major, which is that of `local` too', async () => {
    expect(new Set(Object.values(MAJOR_OF))).toEqual(new Set(MAJORS));
    await run(
      root,
      "CREATE ROLE keeper LOGIN CREATEDB CREATEROLE PASSWORD 'keeper'",
      'CREATE DATABASE shop OWNER keeper'
    );
    const local = objectsServer(postgres.target({ user: 'keeper', password: 'keeper', database: 'shop' }));
    const urlFor = async (role: string): Promise<string> => {
      const outputs = await local.outputs({ ...SALES, application_role: role });
      return urlOf(outputs && { ...outputs, endpoint: { ...outputs.endpoint, database: 'sales' } });
    };
    const texts = await textsOf('keeper', async () =>
      local.apply({ ...SALES, application_role: 'sales_app' }, { workspace })
    );
    const changes = texts.filter(text => /^(CREATE|ALTER|COMMENT|GRANT|REVOKE|do)\b/i.test(text));
    expect(changes.length).toBeGreaterThan(10);
    expect([...sent.keys()]).toEqual(Object.keys(FIREWALLS));
    for (const [cloud, all] of sent) expect([cloud, all]).toEqual([cloud, texts]);
    await holdRights(await urlFor('sales_app'), await urlFor('sales_bi'), await urlFor('sales_migrate'));
    expect((await local.plan(SALES, { workspace })).steps).toEqual([]);
    await run(root, ...GUEST);
    await local.apply(GONE);
    expect(await rows(root, LEFT)).toEqual([{ rolname: 'guest' }]);
  });
});

/** What each login may do, as PostgreSQL of this major sees it. */
async function holdRights(app: string, bi: string, migrate: string): Promise<void> {
  await query(app, "insert into orders (note) values ('A')");
  expect(await refusalOf(app, 'truncate orders')).toBe('42501');
  expect(await ask(bi, "select count(*)::int from orders where note = 'a'")).toBe(1);
  expect(await refusalOf(bi, 'delete from orders')).toBe('42501');
  await query(migrate, 'create table later (id int)');
  expect(await ask(migrate, "select tableowner from pg_tables where tablename = 'later'")).toBe('sales_owner');
}

function stepsOf({ steps }: Plan): readonly string[] {
  return steps.filter(({ action }) => action !== 'none').map(({ action, address }) => `${action} ${address}`);
}

async function problemIn(plan: Promise<Plan>): Promise<string> {
  return plan.then(
    () => '',
    (thrown: Error) => thrown.message
  );
}

function fail(cloud: string): never {
  throw new Error(`There is no server of ${cloud}`);
}
