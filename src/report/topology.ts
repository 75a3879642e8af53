import type { Action, Plan, Step } from '../engine/plan.ts';
import { shorten, visible } from './printable.ts';

/** A diagram with more nodes than this is unreadable. */
const MOST_NODES = 60;
/** So many equal siblings become one node. */
const CROWD = 6;

/**
 * The plan's resources as a Mermaid flowchart, without its fence: an arrow from a dependency to its dependent, coloured
 * by action. Many similar siblings are drawn as one. `undefined` when there are fewer than two resources or too many to
 * draw.
 */
export function topologyOf(plan: Plan): string | undefined {
  const nodes = gather(plan.steps);
  if (plan.steps.length < 2 || nodes.length > MOST_NODES) return undefined;
  const idOf = new Map(nodes.flatMap((node, index) => node.addresses.map(address => [address, `n${index}`] as const)));
  const arrows = nodes.flatMap((node, index) =>
    node.dependsOn.flatMap(needed => {
      const id = idOf.get(needed);
      return id === undefined || id === `n${index}` ? [] : [`  ${id} --> n${index}`];
    })
  );
  const actions = [...new Set(nodes.map(node => node.action))].sort();
  return [
    'flowchart LR',
    ...nodes.map((node, index) => `  n${index}["${label(node)}"]:::${CLASSES[node.action].name}`),
    ...new Set(arrows),
    ...actions.map(action => `  classDef ${CLASSES[action].name} ${CLASSES[action].style}`)
  ].join('\n');
}

interface Node {
  readonly addresses: readonly string[];
  readonly title: string;
  readonly action: Action;
  readonly dependsOn: readonly string[];
}

/** Fills light and writing dark, so that both of GitHub's colour schemes show them. */
const CLASSES: Readonly<Record<Action, { readonly name: string; readonly style: string }>> = {
  create: { name: 'created', style: 'fill:#dafbe1,stroke:#1a7f37,color:#0f5323' },
  update: { name: 'changed', style: 'fill:#fff8c5,stroke:#9a6700,color:#4d2d00' },
  delete: { name: 'deleted', style: 'fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-dasharray:5 3' },
  adopt: { name: 'adopted', style: 'fill:#ddf4ff,stroke:#0969da,color:#0a3069' },
  none: { name: 'unchanged', style: 'fill:#f6f8fa,stroke:#8c959f,color:#424a53' },
  blocked: { name: 'refused', style: 'fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-width:3px' }
};

function gather(steps: readonly Step[]): readonly Node[] {
  const alike = Map.groupBy(steps, step => JSON.stringify([step.type, step.action, [...step.dependsOn].sort()]));
  const needed = new Set(steps.flatMap(step => step.dependsOn));
  return [...alike.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length < CROWD || group.some(step => needed.has(step.address))) return group.map(single);
    const title = `${group.length} × ${first.type}`;
    return [{ addresses: group.map(step => step.address), title, action: first.action, dependsOn: first.dependsOn }];
  });
}

function single(step: Step): Node {
  return { addresses: [step.address], title: step.title, action: step.action, dependsOn: step.dependsOn };
}

/** Title and, below it, its action: colour alone does not reach every reader. */
function label({ title, action }: Node): string {
  const verb = action === 'none' ? '' : `<br/>${action === 'blocked' ? 'refused' : action}`;
  return `${inertLabel(shorten(visible(title), 60))}${verb}`;
}

/**
 * Mermaid decodes its own escapes before it reads a label as Markdown, so every character that Markdown or HTML could
 * take for syntax becomes a dot. The leading character code keeps a first `-` or `1.` from beginning a list.
 */
function inertLabel(title: string): string {
  const kept = title.replace(/[^\p{L}\p{M}\p{N} ._/,()×…-]/gu, '·').replace(/\bwww\./gi, 'www·');
  return /^\p{L}/u.test(kept) ? kept : `#8203;${kept}`;
}
