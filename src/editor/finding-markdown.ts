import * as vscode from 'vscode';
import { describeFinding } from '../present/findings';
import type { Finding, Topology } from '../topology/topology';
import { literal } from './markdown';

/** The hover of a finding. Nothing in it is a link or a command, so nothing needs to be trusted. */
export function findingMarkdown(topology: Topology, finding: Finding): vscode.MarkdownString {
    const { message, meaning, next, command, evidence } = describeFinding(topology, finding);
    const blocks = [
        `**${literal(message)}**`,
        literal(meaning),
        evidence.map((piece) => `- ${literal(piece)}`).join('\n'),
        `**Next:** ${literal(next)}`,
        ...(command === undefined ? [] : [`To look closer, type: ${literal(command)}`]),
        literal(`${finding.severity}, ${finding.code}`),
    ];
    const markdown = new vscode.MarkdownString(blocks.join('\n\n'), false);
    markdown.isTrusted = false;
    markdown.supportHtml = false;
    return markdown;
}
