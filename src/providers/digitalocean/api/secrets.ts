/** Members of DigitalOcean's answers that hold a secret, whatever they stand in: clusters, standbys, users, pools, replicas, log sinks. */
const SECRET_MEMBERS: readonly string[] = ['password', 'uri', 'url', 'access_key', 'access_cert', 'key'];

/** Every secret in an answer: passwords, and the URIs made of them. */
export function secretsIn(answer: unknown): readonly string[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([member, value]) => {
    if (typeof value !== 'string') return secretsIn(value);
    if (!SECRET_MEMBERS.includes(member) || !isSecret(member, value)) return [];
    const password = /^ur[il]$/.test(member) ? URL.parse(value)?.password : undefined;
    return [value, ...(password === undefined ? [] : [password, decoded(password)])];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URI that holds no password is no secret, and its host is needed in the log. */
function isSecret(member: string, value: string): boolean {
  return value !== '' && (!/^ur[il]$/.test(member) || /\/\/[^/@]*:[^/@]+@/.test(value));
}
