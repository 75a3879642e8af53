import type { WorkflowEvent } from '../github/event.ts';
import type { DeployPlace } from './auto-rules.ts';

/** A branch or a tag, by its short name. */
export interface Ref {
  readonly kind: 'branch' | 'tag';
  readonly name: string;
}

/** `refs/heads/main` → branch `main`. `undefined` for any other ref, such as `refs/pull/7/merge`. */
export function readRef(ref: string): Ref | undefined {
  const [, folder, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  return name === undefined ? undefined : { kind: folder === 'heads' ? 'branch' : 'tag', name };
}

/** Where the team deploys from. */
export interface DeployRefs {
  /** `deploy_branches`; `undefined`: the default branch. */
  readonly patterns: readonly string[] | undefined;
  /** `undefined` when neither the event nor GitHub names it. */
  readonly defaultBranch: string | undefined;
}

export interface PlaceFound {
  readonly place: DeployPlace;
  /** One sentence. */
  readonly why: string;
}

/**
 * Whether the team deploys from the ref of a run. Without `deploy_branches` that is the default branch, and the tag of
 * a release, which is how GitHub spells "deploy this". Pure.
 */
export function placeOf(event: WorkflowEvent, { patterns, defaultBranch }: DeployRefs): PlaceFound {
  const ref = event.kind === 'release' ? { kind: 'tag' as const, name: event.tag } : readRef(event.ref);
  const elsewhere = (why: string): PlaceFound => ({ place: 'elsewhere', why });
  if (ref === undefined) return elsewhere(`\`${event.ref}\` is neither a branch nor a tag`);
  const named = `the ${ref.kind} \`${ref.name}\``;
  if (patterns !== undefined) {
    return isNamed(ref, patterns)
      ? { place: 'deployed', why: `\`deploy_branches\` names ${named}` }
      : elsewhere(`\`deploy_branches\` does not name ${named}`);
  }
  if (event.kind === 'release') return { place: 'deployed', why: `release of ${named}` };
  if (defaultBranch === undefined) {
    return elsewhere(
      `GitHub does not name the default branch, so ${named} is not taken for it: set \`deploy_branches\``
    );
  }
  return ref.kind === 'branch' && ref.name === defaultBranch
    ? { place: 'deployed', why: `${named} is the default branch` }
    : elsewhere(`${named} is not the default branch \`${defaultBranch}\`; \`deploy_branches\` can name it`);
}

/**
 * Whether a pull request into `base` was reviewed for this run: its base is the branch that was pushed, and for a tag
 * or a release a branch that the team deploys from. Pure.
 */
export function isBaseOf(event: WorkflowEvent, base: string, refs: DeployRefs): boolean {
  const pushed = event.kind === 'merge_group' ? readRef(event.baseRef) : readRef(event.ref);
  if (pushed?.kind === 'branch' && event.kind !== 'release') return pushed.name === base;
  return base === refs.defaultBranch || isNamed({ kind: 'branch', name: base }, refs.patterns ?? []);
}

/** Of patterns that match, the last one counts; one that begins with `!` takes the ref out again. */
function isNamed({ kind, name }: Ref, patterns: readonly string[]): boolean {
  const full = `refs/${kind === 'branch' ? 'heads' : 'tags'}/${name}`;
  const last = patterns.findLast(pattern => {
    const glob = pattern.replace(/^!/, '');
    return isMatch(glob.startsWith('refs/') ? full : name, glob);
  });
  return last !== undefined && !last.startsWith('!');
}

/** `*` stands for anything but a slash, `**` for anything. Linear: a star never has to be tried twice at one place. */
function isMatch(name: string, glob: string): boolean {
  const parts = glob.split(/(\*+)/);
  let ends = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const start of ends) {
      if (!part.startsWith('*')) {
        if (name.startsWith(part, start)) next.add(start + part.length);
        continue;
      }
      for (let end = start; end <= name.length; end += 1) {
        next.add(end);
        if (part === '*' && name[end] === '/') break;
      }
    }
    ends = next;
  }
  return ends.has(name.length);
}
