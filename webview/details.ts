/**
 * Below the picture: the selected node in full, and how its place is known.
 *
 * Its height never changes, so that the picture does not move when something is selected.
 */
import { html, nothing, svg, type TemplateResult } from 'lit-html';
import type { SceneNode } from '../src/present/scene';
import type { LinkKind } from '../src/topology/topology';
import { iconOf, markOf } from './icons';
import { readable } from './readable';

/** Also the legend. */
export const linkWords: Readonly<Record<LinkKind, string>> = {
    spawned: 'Spawned: the kernel names it as the parent',
    managed: 'Managed: responsible, though the kernel’s parent is another',
    member: 'Member: the process belongs to the container',
};

export function drawDetails(node: SceneNode | undefined, parent: SceneNode | undefined): TemplateResult {
    if (!node) {
        return html`<section class="details" aria-label="Details" tabindex="0">
            <p>Select a node to see how its place is known. Arrow keys move, Enter selects, / searches, 0 fits.</p>
        </section>`;
    }
    return html`<section class="details" aria-label="Details" tabindex="0">
        <svg class=${`portrait ${node.icon} tone-${node.tone}`} viewBox="0 0 16 16" aria-hidden="true">
            ${iconOf(node.icon)}
        </svg>
        <div class="what">
            <h2>
                ${readable(node.label, longestLine)}
                ${
                    markOf(node.tone)
                        ? html`<svg class=${`sign tone-${node.tone}`} viewBox="0 0 16 16" aria-hidden="true">
                              ${markOf(node.tone)}
                          </svg>`
                        : nothing
                }
                <span>${readable(node.description, longestLine)}</span>
            </h2>
            <p>${readable(node.accessibleLabel, longestText)}</p>
        </div>
        ${
            node.link
                ? html`<div class="how">
                      <h3>
                          ${drawSample(node.link.kind)} ${linkWords[node.link.kind]}
                          ${parent ? html`<span>under ${readable(parent.label, longestLine)}</span>` : nothing}
                      </h3>
                      <ul>
                          ${node.link.evidence.slice(0, mostLines).map((line) => html`<li>${readable(line, longestText)}</li>`)}
                      </ul>
                  </div>`
                : nothing
        }
    </section>`;
}

export function drawLegend(): TemplateResult {
    return html`<ul class="legend" aria-label="Kinds of links">
        ${(['spawned', 'managed', 'member'] as const).map(
            (kind) => html`<li title=${linkWords[kind]}>${drawSample(kind)} ${kind}</li>`,
        )}
    </ul>`;
}

function drawSample(kind: LinkKind): TemplateResult {
    return html`<svg class=${`sample link ${kind}`} viewBox="0 0 28 8" aria-hidden="true">
        ${svg`<path class="line" d="M1,4H27"></path>`}
    </svg>`;
}

/** In characters and lines; a person who needs more opens the document of the node. */
const longestLine = 200;
const longestText = 2000;
const mostLines = 50;
