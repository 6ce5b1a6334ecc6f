import type { Scene, SceneNode } from '../../src/present/scene';
import type { Metrics } from '../../webview/layout';

/** One line for each node, in two spaces of indentation for each level; its label is also its id. */
export function sceneOf(outline: string): Scene {
    const above: string[] = [];
    const nodes = outline
        .split('\n')
        .filter((line) => line.trim())
        .map((line): SceneNode => {
            const label = line.trim();
            const depth = line.search(/\S/) / 2;
            above.splice(depth, Infinity, label);
            const parent = above[depth - 1] ?? null;
            return {
                id: label,
                parent,
                label,
                description: '',
                icon: label.startsWith('container') ? 'container-running' : 'process',
                tone: 'normal',
                link: parent === null ? null : { kind: 'spawned', evidence: [] },
                accessibleLabel: `${label} as it is spoken`,
            };
        });
    return { title: 'a host', order: 'ownership', takenAt: '2026-01-05T09:30:00.000Z', notices: [], nodes };
}

/** Every character is ten pixels wide. */
export const metrics: Metrics = {
    fontSize: 10,
    labelWidth: (text) => [...text].length * 10,
    descriptionWidth: (text) => [...text].length * 10,
};

export const host = sceneOf(`
dockerd
  containerd
    shim-a
      container-a
        main-a
          child-1
          child-2
    shim-b
      container-b
        main-b
  container-stopped
`);
