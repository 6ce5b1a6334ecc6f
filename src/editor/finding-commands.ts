import * as vscode from 'vscode';
import { describeFinding } from '../present/findings';
import type { Finding } from '../topology/topology';
import type { CommandTable } from './commands';
import { findingCalled, shownFindings } from './findings-view';
import type { Hierarchy } from './hierarchy';
import { withoutIcons } from './markdown';
import { inform } from './notifications';
import { silenceFinding } from './settings';
import { typeIntoTerminal } from './terminal';

/** Commands about one finding: of the row they are called on, or of the one that they ask for. None changes the host. */
export function findingCommands(hierarchy: Hierarchy): CommandTable {
    return {
        'dockerRuntime.copyFindingCommand': async (argument) => {
            const command = await chooseCommand(hierarchy, argument, 'Copy the command of …');
            if (command !== undefined) await vscode.env.clipboard.writeText(command);
            return command;
        },
        'dockerRuntime.typeFindingCommand': async (argument) => {
            const command = await chooseCommand(hierarchy, argument, 'Type the command of …');
            return command !== undefined && typeIntoTerminal('Docker Runtime', command) ? command : undefined;
        },
        'dockerRuntime.silenceFinding': async (argument) => {
            const finding = await choose(hierarchy, argument, 'Silence which kind of finding?');
            if (finding) await silenceFinding(finding.code);
            return finding?.code;
        },
    };
}

/** The pids of a recording are those of another host, or of other processes by now. */
async function chooseCommand(hierarchy: Hierarchy, argument: unknown, question: string): Promise<string | undefined> {
    if (hierarchy.recording) {
        inform('A recording tells of processes that are not here: there is nothing to type.');
        return undefined;
    }
    const finding = await choose(hierarchy, argument, question);
    return hierarchy.shown && finding && describeFinding(hierarchy.shown, finding).command;
}

async function choose(hierarchy: Hierarchy, argument: unknown, question: string): Promise<Finding | undefined> {
    const named = findingCalled(hierarchy, argument);
    const { shown } = hierarchy;
    const findings = shownFindings(hierarchy);
    if (named || !shown || findings.length === 0) return named;
    const items = findings.map((finding) => {
        const label = withoutIcons(describeFinding(shown, finding).message);
        return { label, description: finding.code, finding };
    });
    return (await vscode.window.showQuickPick(items, { placeHolder: question }))?.finding;
}
