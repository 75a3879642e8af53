/** Members of answers that hold a secret, in whatever resource. */
const SECRET_MEMBERS: readonly string[] = ['password', 'uri', 'url', 'access_key', 'access_cert', 'key'];

/** Every secret in an answer: passwords, and URIs that contain one. */
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

/** A URI without a password is not a secret, and the log needs its host. */
function isSecret(member: string, value: string): boolean {
  return value !== '' && (!/^ur[il]$/.test(member) || /\/\/[^/@]*:[^/@]+@/.test(value));
}
