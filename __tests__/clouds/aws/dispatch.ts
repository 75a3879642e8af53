import type { IncomingHttpHeaders } from 'node:http';
import type { Call } from './actions.ts';
import { lookUpEvents, namesIn } from './cloudtrail.ts';
import { AwsFault } from './fault.ts';
import type { FaultRule, Faults } from '../faults.ts';
import { SERVICES, type Service } from './services.ts';
import { readJson, writeJson } from './wire/json.ts';
import { readQuery } from './wire/query.ts';
import { modelledError, operation } from './wire/schema.ts';
import { writeAnswer, writeFault } from './wire/xml.ts';
import type { CloudState } from './state.ts';

export interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One call that reached the fake. */
export interface RecordedCall {
  /** Counted from 1. */
  readonly n: number;
  readonly service: string;
  readonly region: string;
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly mutating: boolean;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly code?: string;
}

export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'cut'; readonly kill?: () => void };

type Json = Readonly<Record<string, unknown>>;

export interface Dispatcher {
  handle(request: Request): Reply;
  /** Made so far. */
  readonly calls: RecordedCall[];
}

const READS = /^(Describe|List|Get|Simulate|AssumeRole|Decode)/;

export function isMutating(action: string): boolean {
  return !READS.test(action);
}

/** Services whose client the action does not have, by the first part of their target. */
const WITHOUT_CLIENT: Readonly<Record<string, string>> = {
  CloudTrail_20131101: 'cloudtrail',
  ServiceQuotasV20190624: 'servicequotas'
};

/** The one quota that the fake has an account's own value of. */
function serviceQuota({ rulesPerGroup }: CloudState, { ServiceCode: service, QuotaCode: code }: Json): Json {
  if (service !== 'vpc' || code !== 'L-0EA8095F') throw new Error('The fake knows one quota only');
  return { Quota: { ServiceCode: service, QuotaCode: code, Value: rulesPerGroup, Adjustable: true } };
}

/** Finds service, region and action of a request, lets the service act, and says it in the service's own tongue. */
export function dispatcher(cloud: CloudState, faults: Faults, accessKeyId: string): Dispatcher {
  const calls: RecordedCall[] = [];
  /** Services that speak JSON and that the action calls without a client of theirs. */
  const signedReply = (request: Request, service: string, action: string): Reply => {
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    const input = JSON.parse(request.body) as Readonly<Record<string, unknown>>;
    const say = (status: number, body: unknown, code?: string): Reply => {
      const call = { n: calls.length + 1, service, region: '', action, input, mutating: false, status };
      calls.push(code === undefined ? call : { ...call, code });
      return { kind: 'answer', status, headers, body: JSON.stringify(body) };
    };
    const rule = faults.hit(action, false, request.body);
    if (rule?.code !== undefined)
      return say(400, { __type: rule.code, Message: `${rule.code} was switched on` }, rule.code);
    const scope = /Credential=([^/]+)\/\d+\/[^/]+\/(\w+)\/aws4_request, .*Signature=[0-9a-f]{64}$/;
    const [, key, signedFor] = scope.exec(request.headers.authorization ?? '') ?? [];
    if (request.headers['content-type'] !== headers['content-type'])
      return say(404, { __type: 'UnknownOperationException' });
    if (key !== accessKeyId || signedFor !== service)
      return say(400, { __type: 'UnrecognizedClientException', Message: 'The security token is invalid.' });
    return say(200, service === 'cloudtrail' ? lookUpEvents(cloud.trail, input) : serviceQuota(cloud, input));
  };
  return {
    calls,
    handle: request => {
      const [, api = '', signed] = /^(\w+)\.(\w+)$/.exec([request.headers['x-amz-target']].flat()[0] ?? '') ?? [];
      const without = WITHOUT_CLIENT[api];
      if (without !== undefined && signed !== undefined) return signedReply(request, without, signed);
      const requestId = `00000000-0000-4000-8000-${String(calls.length + 1).padStart(12, '0')}`;
      const { service, region, action, form } = addressed(request);
      const call: Call = { cloud, region: cloud.region(region), now: cloud.now() };
      const mutating = isMutating(action);
      const note = (input: Readonly<Record<string, unknown>>, status: number, code?: string): void => {
        const n = calls.length + 1;
        calls.push({
          n,
          service: service.name,
          region,
          action,
          input,
          mutating,
          status,
          ...(code === undefined ? {} : { code })
        });
      };
      const refuse = (fault: AwsFault, input: Readonly<Record<string, unknown>> = {}): Reply => {
        const reply = sayFault(service, fault, requestId);
        note(input, reply.status, fault.code);
        return { kind: 'answer', ...reply };
      };

      const rule = faults.hit(action, mutating, `${region} ${action} ${request.body}`);
      if (rule !== undefined && (rule.when ?? 'before') === 'before' && rule.kill === undefined) {
        if (rule.code !== undefined) return refuse(asFault(rule));
        note({}, 0);
        return { kind: 'cut' };
      }
      let input: Readonly<Record<string, unknown>> = {};
      try {
        checkType(request.headers, service);
        checkKey(request.headers, accessKeyId, action);
        const shapes = operation(service.client, action);
        const act = service.actions[action];
        if (shapes === undefined || act === undefined)
          throw new AwsFault('InvalidAction', `${service.name} has no ${action} here`);
        const asked =
          form === undefined
            ? readJson(request.body, shapes.input)
            : readQuery(form, shapes.input, service.wire === 'ec2' ? 'ec2' : 'query');
        input = asked;
        const answer = (act(asked as never, call) ?? {}) as Readonly<Record<string, unknown>>;
        if (rule !== undefined) {
          if (rule.code !== undefined) return refuse(asFault(rule), input);
          note(input, 0);
          return { kind: 'cut', ...(rule.kill === undefined ? {} : { kill: rule.kill }) };
        }
        const body =
          service.wire === 'query' || service.wire === 'ec2'
            ? writeAnswer(action, shapes.output, answer, service.wire, requestId)
            : writeJson(answer, shapes.output);
        note(input, 200);
        if (mutating) {
          cloud.trail.push({
            at: cloud.now(),
            event: action,
            resources: namesIn(input),
            arn: `arn:aws:sts::${cloud.accountId}:assumed-role/deployer/GitHubActions`,
            userAgent: [request.headers['user-agent']].flat()[0] ?? ''
          });
        }
        return { kind: 'answer', status: 200, headers: headersOf(service, requestId), body };
      } catch (thrown) {
        if (thrown instanceof AwsFault && rule?.kill !== undefined) {
          note(input, 0, thrown.code);
          return { kind: 'cut', kill: rule.kill };
        }
        if (thrown instanceof AwsFault) return refuse(thrown, input);
        const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
        return refuse(new AwsFault('FakeIsBroken', text, 400), input);
      }
    }
  };
}

interface Addressed {
  readonly service: Service;
  readonly region: string;
  readonly action: string;
  readonly form: URLSearchParams | undefined;
}

function addressed(request: Request): Addressed {
  const target = request.headers['x-amz-target'];
  const [, region = 'us-east-1', scope] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  if (typeof target === 'string') {
    const [prefix, action = ''] = target.split('.');
    const service = SERVICES.find(one => one.version === prefix);
    if (service === undefined) throw new Error(`No service answers to ${target}`);
    return { service, region, action, form: undefined };
  }
  const form = new URLSearchParams(request.body);
  const service = SERVICES.find(
    one => one.version === form.get('Version') && (scope === undefined || one.name === scope)
  );
  if (service === undefined) throw new Error(`No service answers to Version=${form.get('Version')} of ${scope}`);
  return { service, region, action: form.get('Action') ?? '', form };
}

/** A body of another type is not read: the action is unknown then. */
function checkType({ 'content-type': type = '' }: IncomingHttpHeaders, { wire }: Service): void {
  const wanted = wire.startsWith('json') ? `application/x-amz-json-${wire.slice(4)}` : FORM;
  if (!type.startsWith(wanted)) throw new AwsFault('UnknownOperationException', `The type is not ${wanted}`, 404);
}

const FORM = 'application/x-www-form-urlencoded';

function checkKey(headers: IncomingHttpHeaders, accessKeyId: string, action: string): void {
  if (action === 'AssumeRoleWithWebIdentity') return;
  const given = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
  if (given === undefined)
    throw new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  if (given === accessKeyId) return;
  throw new AwsFault('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
}

function asFault(rule: FaultRule): AwsFault {
  const code = rule.code ?? 'InternalFailure';
  const throttled = /Throttl|Rate|RequestLimit/.test(code);
  const status = rule.status ?? (throttled ? 400 : undefined);
  return new AwsFault(code, rule.message ?? (throttled ? 'Rate exceeded' : `${code} was switched on`), status);
}

function sayFault(
  service: Service,
  fault: AwsFault,
  requestId: string
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const model = modelledError(service.client, fault.code);
  const status = fault.status ?? (service.wire === 'json1.1' ? 400 : (model?.status ?? 400));
  const code = model?.code ?? fault.code;
  const headers = headersOf(service, requestId);
  if (service.wire === 'query' || service.wire === 'ec2') {
    return { status, headers, body: writeFault(code, fault.message, status, service.wire, requestId) };
  }
  const compatible = service.wire === 'json1.0' ? { 'x-amzn-query-error': `${code};Sender` } : {};
  const body = JSON.stringify({ __type: model?.name ?? fault.code, message: fault.message });
  return { status, headers: { ...headers, ...compatible }, body };
}

function headersOf(service: Service, requestId: string): Readonly<Record<string, string>> {
  const type = service.wire.startsWith('json') ? `application/x-amz-json-${service.wire.slice(4)}` : 'text/xml';
  return { 'content-type': type, 'x-amzn-requestid': requestId };
}
