import assert from 'node:assert/strict';
import type { Dockerd, DockerdOptions, Laboratory } from './dockerd';
import { importTestImage, testImage } from './image';
import { type ContainerTruth, truthOf } from './truth';

/** The engine `eng` of a laboratory, with the test image. */
export async function startDockerd(laboratory: Laboratory, options: DockerdOptions = {}): Promise<Dockerd> {
    const dockerd = await laboratory.startDockerd('eng', options);
    await importTestImage(laboratory, dockerd);
    return dockerd;
}

/** One that sleeps, unless the arguments name the image and a command. */
export async function runContainer(
    dockerd: Dockerd,
    name: string,
    ...args: readonly string[]
): Promise<ContainerTruth> {
    const command = args.includes(testImage) ? args : [...args, testImage, 'sleep', '1000'];
    await dockerd.docker('run', '-d', '--name', name, ...command);
    const { containers } = await truthOf(dockerd);
    return containers.find((container) => container.name === name) ?? assert.fail();
}
