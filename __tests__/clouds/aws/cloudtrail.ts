/** A management event, as far as LookupEvents shows it. */
export interface TrailEvent {
  readonly at: Date;
  readonly event: string;
  /** Names and ids of what it was about. */
  readonly resources: readonly string[];
  readonly arn: string;
  readonly userAgent: string;
  readonly readOnly?: boolean;
  readonly errorCode?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Newest first, as CloudTrail answers; a look-up takes one attribute. */
export function lookUpEvents(trail: readonly TrailEvent[], input: Json): Json {
  const [attribute, ...more] = (input['LookupAttributes'] ?? []) as readonly Readonly<Record<string, string>>[];
  if (more.length > 0 || attribute?.['AttributeKey'] !== 'ResourceName') {
    throw new Error('The fake knows look-ups of one ResourceName only');
  }
  const since = Number(input['StartTime'] ?? 0);
  const found = trail.filter(
    ({ at, resources }) => resources.includes(attribute['AttributeValue'] ?? '') && at.getTime() / 1000 >= since
  );
  return {
    Events: found
      .slice(-Number(input['MaxResults'] ?? 50))
      .reverse()
      .map(({ at, event, resources, arn, userAgent, readOnly = false, errorCode }) => ({
        EventName: event,
        EventTime: at.getTime() / 1000,
        Username: arn.split('/').at(-1),
        ReadOnly: String(readOnly),
        Resources: resources.map(name => ({ ResourceName: name })),
        CloudTrailEvent: JSON.stringify({ eventName: event, userAgent, errorCode, userIdentity: { arn } })
      }))
  };
}

/** Every text in the input of a call: the names and ids that it was about are among them. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(namesIn);
}
