import type { Refusal, RefusalHandling } from '../refusals.ts';

type Row = readonly [code: string, when: RefusalHandling, how: string];

/** What every call can end with, by the API's description. */
const EVERYWHERE: readonly Row[] = [
  ['401 unauthorized', 'checked', 'The plan reads with the same token first.'],
  ['403 forbidden', 'unknowable', 'Scopes of a token are not listed: the hint names the page of scopes.'],
  ['429 too_many_requests', 'unknowable', 'Requests are paced, and repeated after the time that the answer names.'],
  ['500 server_error', 'unknowable', 'It is repeated; a creation is looked up before it is sent again.']
];

const GONE: Row = ['404 not_found', 'unknowable', 'It was deleted after the plan: the run ends with `plan-changed`.'];
const GONE_IS_DONE: Row = ['404 not_found', 'unknowable', 'What is gone already counts as deleted.'];
const BUSY: Row = [
  '412 precondition_failed',
  'unknowable',
  'The run waits until the cluster is online, and sends it again.'
];

/** What single calls can end with besides: the description, and answers that users of the API report. */
const CALLS: Readonly<Record<string, readonly Row[]>> = {
  'POST /databases': [
    ['404 not_found', 'checked', 'The source of a copy is read in the plan.'],
    ['422 invalid region, version, size or num_nodes', 'checked', '`GET /databases/options` lists what is offered.'],
    ['422 name is not available', 'checked', 'The list of clusters, of every engine, is read in the plan.'],
    ['422 vpc or project', 'checked', 'The network, its region and the project are read in the plan.'],
    [
      '422 storage_size_mib',
      'unknowable',
      'No call lists the limits of a size: the plan says so, and the hint leads out.'
    ],
    ['422 storage below the source', 'checked', 'The storage of the source is read in the plan.'],
    ['422 limit', 'unknowable', 'The quota of databases is not readable: the message names it.'],
    ['422 rules or tags', 'checked', 'Networks and tags are validated before anything is contacted.']
  ],
  'DELETE /databases/{id}': [GONE_IS_DONE],
  'PUT /databases/{id}/replicas/{name}/promote': [GONE, BUSY],
  'PUT /databases/{id}/resize': [
    GONE,
    BUSY,
    ['422 smaller size or storage', 'checked', 'The plan blocks it.'],
    ['422 size or num_nodes', 'checked', '`GET /databases/options` lists what is offered.'],
    ['422 replica is smaller', 'checked', 'Replicas grow first; the plan refuses to outgrow another one.'],
    ['422 storage_size_mib', 'unknowable', 'No call lists the limits of a size; the other changes are made.'],
    ['422 already this size', 'unknowable', 'An earlier run began it: the cluster is read instead.']
  ],
  'PUT /databases/{id}/migrate': [GONE, BUSY, ['422 region', 'checked', '`GET /databases/options` lists the regions.']],
  'PUT /databases/{id}/upgrade': [
    GONE,
    BUSY,
    ['422 version', 'checked', 'Offered versions are read; the plan blocks a downgrade.']
  ],
  'PUT /databases/{id}/install_update': [GONE, BUSY],
  'PUT /databases/{id}/maintenance': [GONE, BUSY, ['422 hour', 'checked', 'The window is validated.']],
  'PUT /databases/{id}/firewall': [
    GONE,
    BUSY,
    ['422 rules', 'checked', 'Networks and their number are checked, kept sources included.']
  ],
  'PUT /databases/{id}/autoscale': [GONE, BUSY, ['422 threshold_percent', 'our-bug', 'The threshold is always 80.']],
  'PATCH /databases/{id}/config': [
    GONE,
    BUSY,
    ['422 key or value', 'checked', 'Keys, types and limits are validated.'],
    ['422 backup_hour', 'unknowable', 'Some clusters do not take it: a warning, and the rest is applied.']
  ],
  'POST /databases/{id}/replicas': [
    GONE,
    ['412 first backup', 'unknowable', 'The run waits for the first backup.'],
    ['422 region', 'checked', '`GET /databases/options` lists the regions.'],
    ['422 size below the cluster', 'checked', 'A replica has at least the size of its cluster.'],
    ['422 name is not available', 'checked', 'The replicas are read in the plan.']
  ],
  'DELETE /databases/{id}/replicas/{name}': [GONE_IS_DONE],
  'POST /databases/{id}/dbs': [GONE, BUSY, ['422 already exists', 'unknowable', 'It counts as created.']],
  'DELETE /databases/{id}/dbs/{name}': [GONE_IS_DONE, BUSY],
  'POST /databases/{id}/users': [GONE, BUSY, ['422 already exists', 'unknowable', 'It counts as created.']],
  'POST /databases/{id}/users/{name}/reset_auth': [GONE, BUSY],
  'DELETE /databases/{id}/users/{name}': [GONE_IS_DONE, BUSY],
  'POST /databases/{id}/pools': [
    GONE,
    BUSY,
    ['422 size', 'checked', 'The connections that other pools leave are counted in the plan.'],
    ['422 db or user', 'our-bug', 'The pool is created after its database and its user.'],
    ['422 name', 'checked', 'The name is kept within 60 characters.']
  ],
  'PUT /databases/{id}/pools/{name}': [GONE, BUSY, ['422 size', 'checked', 'As for a new pool.']],
  'DELETE /databases/{id}/pools/{name}': [GONE_IS_DONE, BUSY],
  'POST /databases/{id}/logsink': [GONE, BUSY, ['422 already exists', 'unknowable', 'It counts as created.']],
  'PUT /databases/{id}/logsink/{id}': [GONE, BUSY],
  'DELETE /databases/{id}/logsink/{id}': [GONE_IS_DONE, BUSY],
  'POST /tags': [['400 bad_request', 'checked', 'Tags are cleaned and their length is validated.']],
  'DELETE /tags/{tag}': [GONE_IS_DONE],
  'POST /tags/{tag}/resources': [['404 not_found', 'unknowable', 'Another run deleted the tag: it is created again.']],
  'DELETE /tags/{tag}/resources': [GONE_IS_DONE],
  'POST /monitoring/alerts': [
    ['422 email', 'unknowable', 'Addresses must be verified in the team: the message names it.']
  ],
  'PUT /monitoring/alerts/{id}': [GONE],
  'DELETE /monitoring/alerts/{id}': [GONE_IS_DONE],
  'POST /projects/{id}/resources': [['404 not_found', 'checked', 'The project is read in the plan.']]
};

/** How each mutating call of this action can be refused, and where that is dealt with. */
export const refusals: readonly Refusal[] = Object.entries(CALLS).flatMap(([call, rows]) =>
  [...rows, ...EVERYWHERE].map(([code, when, how]) => ({ call, code, when, how }))
);
