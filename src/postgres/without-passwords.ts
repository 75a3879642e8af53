/** Blanks and comments between a word and its literal. */
const GAP = String.raw`(?:\s|/\*[^]*?\*/|--[^\n]*\n)`;
/** As PostgreSQL writes literals; with doubled quotes where it stands in another one. */
const LITERAL = String.raw`(?:''[^']*''|(?:[eE]|[uU]&)?'(?:[^'\\]|''|\\.)*'?|\$(\w*)\$[^]*?(?:\$\2\$|$))`;

const AFTER_WORD = new RegExp(String.raw`(\bpassword${GAP}+)${LITERAL}`, 'gi');
/** `password=…` of a connection string, `"app.password" = '…'`, `password: …`. */
const ASSIGNED = new RegExp(
  String.raw`(\bpassword["']{0,2}\s*[=:]\s*)(?:''[^']*''|'(?:[^'\\]|''|\\.)*'?|"[^"]*"?|[^\s'",;&)]+)`,
  'gi'
);
const IN_ADDRESS = /(:\/\/[^\s:@/'"]*:)[^\s@'"]+(?=@)/g;

/** SQL, or what a server says of it, without the passwords that it writes down. The log shows it to many. Pure. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(AFTER_WORD, "$1'***'").replaceAll(ASSIGNED, '$1***').replaceAll(IN_ADDRESS, '$1***');
}
