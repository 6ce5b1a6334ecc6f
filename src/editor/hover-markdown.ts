import * as vscode from 'vscode';
import type { Hover, HoverRow } from '../present/hover';
import { literal } from './markdown';

/** The hover of a row. Nothing in it is a link or a command, so nothing needs to be trusted. */
export function hoverMarkdown(hover: Hover): vscode.MarkdownString {
    const blocks = [`**${literal(hover.title)}**`, literal(hover.purpose)];
    for (const { title, rows } of hover.sections) {
        blocks.push('---', `**${literal(title)}**`, rows.map(line).join('\n'));
    }
    const markdown = new vscode.MarkdownString(blocks.join('\n\n'), false);
    markdown.isTrusted = false;
    markdown.supportHtml = false;
    return markdown;
}

function line({ label, value, evidence }: HoverRow): string {
    const known = evidence.length === 0 ? '' : ` — *${literal(evidence.join('; '))}*`;
    return `- **${literal(label)}** ${literal(value)}${known}`;
}
