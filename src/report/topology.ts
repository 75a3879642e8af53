import type { Action, Plan, Step } from '../engine/plan.ts';
import { shorten, visible } from './printable.ts';
import { SYMBOLS } from './words.ts';

/** More nodes than this tell nobody anything. */
const MOST_NODES = 60;
/** So many equal siblings become one node. */
const CROWD = 6;

/**
 * The plan's resources as a Mermaid flowchart, without its fence: an arrow from what is needed to what needs it, coloured by action.
 * Many like siblings are drawn as one. `undefined` when there are fewer than two resources or too many to draw.
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
    ...nodes.map((node, index) => `  n${index}["${escapeLabel(node.label)}"]:::${CLASSES[node.action].name}`),
    ...new Set(arrows),
    ...actions.map(action => `  classDef ${CLASSES[action].name} ${CLASSES[action].style}`)
  ].join('\n');
}

interface Node {
  readonly addresses: readonly string[];
  readonly label: string;
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
    const label = `${SYMBOLS[first.action]} ${group.length} × ${first.type}`.trim();
    return [{ addresses: group.map(step => step.address), label, action: first.action, dependsOn: first.dependsOn }];
  });
}

function single(step: Step): Node {
  const label = `${SYMBOLS[step.action]} ${shorten(visible(step.title), 60)}`.trim();
  return { addresses: [step.address], label, action: step.action, dependsOn: step.dependsOn };
}

/** Mermaid's own character codes (`#35;`) for all that its grammar, its Markdown labels or HTML could read as something else. */
function escapeLabel(label: string): string {
  return label.replace(/[^\p{L}\p{M}\p{N} .,/+~↪✕×…↵-]/gu, character => `#${character.codePointAt(0)};`);
}
