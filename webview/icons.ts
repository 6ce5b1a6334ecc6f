import { svg, type SVGTemplateResult } from 'lit-html';
import type { Icon, Tone } from '../src/present/scene';

/** Line drawings in a box of 16 by 16, for `stroke: currentColor`. The states of a container differ in form, not only in colour. */
const crate = 'M1.8 3.8h12.4v8.4H1.8z';
const ring = 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4z';

const drawings: Readonly<Record<Icon, string>> = {
    engine: 'M2.2 2.8h11.6v4.4H2.2zM2.2 8.8h11.6v4.4H2.2zM4.8 5h.01M4.8 11h.01M8 5h3.4M8 11h3.4',
    containerd: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
    shim: 'M2.5 2.8v10.4M13.5 2.8v10.4M2.5 8H5M11 8h2.5M5 5.4h6v5.2H5z',
    'container-running': `${crate}M6.7 5.9v4.2L10.3 8z`,
    'container-paused': `${crate}M6.4 6v4M9.6 6v4`,
    'container-stopped': `${crate}M6.4 6.4h3.2v3.2H6.4z`,
    'container-restarting': `${crate}M10.2 8a2.2 2.2 0 1 1-.8-1.7M9.9 5.2v1.3H8.6`,
    main: `${ring}M8 6.4a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2z`,
    init: 'M8 2v5.4M4.9 4.3a5.2 5.2 0 1 0 6.2 0',
    exec: 'M1.8 3h12.4v10H1.8zM4.4 6l2 2-2 2M8.2 10.2h3.2',
    healthcheck:
        'M8 13.4S1.9 10.2 1.9 6.3A3 3 0 0 1 8 5a3 3 0 0 1 6.1 1.3C14.1 10.2 8 13.4 8 13.4zM4.6 8.2h1.8l1-1.8 1.3 3 .8-1.2h1.9',
    process: 'M8 4.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6z',
    zombie: `${ring}M5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2`,
    proxy: 'M2 5.4h11.4M11 3l2.4 2.4L11 7.8M14 10.6H2.6M5 8.2l-2.4 2.4L5 13',
    runc: 'M9.2 1.8 3.4 9.2h4.2l-.8 5 5.8-7.4H8.4z',
};

const marks: Readonly<Record<Tone, string>> = {
    normal: '',
    muted: '',
    warning: 'M8 2.4 14.4 13.4H1.6zM8 6.6v3.2M8 11.6h.01',
    error: `${ring}M8 4.9v3.7M8 10.9h.01`,
};

export function iconOf(icon: Icon): SVGTemplateResult {
    return svg`<path class="icon" d=${drawings[icon]}></path>`;
}

/** A sign that something is wrong, for whom the colour alone says nothing; empty when nothing is. */
export function markOf(tone: Tone): SVGTemplateResult | undefined {
    return marks[tone] ? svg`<path class="mark" d=${marks[tone]}></path>` : undefined;
}

export type ToolIcon = 'refresh' | 'in' | 'out' | 'fit' | 'selection' | 'fold' | 'unfold' | 'previous' | 'next';

export const toolDrawings: Readonly<Record<ToolIcon, string>> = {
    refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.2v3H10.2',
    in: 'M8 3v10M3 8h10',
    out: 'M3 8h10',
    fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
    selection: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M5.6 6.4h4.8v3.2H5.6z',
    fold: 'M2.5 8h11M8 1.8v3.6M6 3.8l2 2 2-2M8 14.2v-3.6M6 12.2l2-2 2 2',
    unfold: 'M2.5 8h11M8 5.6V2M6 3.8l2-2 2 2M8 10.4V14M6 12.2l2 2 2-2',
    previous: 'M8 13V3M4 7l4-4 4 4',
    next: 'M8 3v10M4 9l4 4 4-4',
};
