// "Add Connection…" at the workbench: an address is pasted and each question answered. The wizard may ask what is expected and nothing else.
import type { Step } from './systems.ts';
import type { User } from './user.ts';
import { eventually } from './wait.ts';

const NAME = 'Name of the connection';

/** `asked`: before a question is answered, by its title. */
export async function addConnection(user: User, address: string, steps: readonly Step[], asked: (title: string) => Promise<void> = async () => undefined): Promise<void> {
  await user.commandAsks('Tracefall: Add Connection…');
  for (const [title, answer] of [['Add a connection', { types: address }], ...steps, [NAME, 'enter']] as readonly Step[]) {
    await eventually(`the question "${title}"`, () => user.quickInputTitle(), (shown) => shown === title);
    await asked(title);
    if (answer === 'enter') await user.press('Enter');
    else if ('picks' in answer) await user.quickPick(answer.picks);
    else await user.answer(answer.types);
  }
  await eventually('the wizard is done', () => user.quickInputTitle(), (shown) => shown === '');
}
