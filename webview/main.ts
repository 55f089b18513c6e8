// Boot: builds the page, connects it to the host and hands every event to the one part that owns it.
import { Actions } from './actions.ts';
import { Axis } from './axis.ts';
import { Controls } from './controls.ts';
import { Details } from './details.ts';
import { copyExactValues, el } from './dom.ts';
import { Footer } from './footer.ts';
import { Grid } from './grid.ts';
import { Header } from './header.ts';
import { Help } from './help.ts';
import { connectHost } from './hostApi.ts';
import { initialState } from './initialState.ts';
import { listenToKeys, runCommand } from './keyboard.ts';
import { Minimap } from './minimap.ts';
import { listenToMouse } from './mouse.ts';
import { Notices } from './notices.ts';
import { readSaved, Saver } from './persisted.ts';
import { restore } from './restore.ts';
import { SearchLoader } from './searchLoader.ts';
import { SpanLoader } from './spanLoader.ts';
import { splitter } from './splitter.ts';
import { Store, type State } from './store.ts';
import { applyTheme, readTheme, watchTheme } from './theme.ts';
import { Toolbar } from './toolbar.ts';
import { TraceLoader } from './traceLoader.ts';
import { WhyLine } from './whyLine.ts';

/** The age in the header moves on, ms. */
const CLOCK = 20_000;
const LEAST_PANEL = 220;

function boot(): void {
  // Events of the host come only after the page has called `ready`, so what they reach exists by then.
  const api = connectHost({
    command: ({ name }) => runCommand(name, { actions, focusFind: () => toolbar.focusFind(), toggleHelp }),
    reveal: ({ spanId }) => void actions.selectSpan(spanId),
    changed: ({ spans }) => store.update({ arrived: spans }),
    pinned: (pinned) => store.update(pinned),
    settings: (settings) => store.update({ settings }),
    restarted: () => void loader.reload(),
  });
  const { host } = api;
  const saved = readSaved(api.saved);
  const store = new Store(initialState(saved, readTheme()));
  const actions = new Actions(store, host);
  let pending = saved;
  const loader = new TraceLoader({
    store,
    host,
    actions,
    onOpened: () => restore(store, actions, search, pending),
    onDrawn: () => takeFocus(),
    onPainted: () => loadToolkit(controls),
    onComplete: () => {
      // Rows further down than the first ones can be scrolled to only now; somebody who scrolled meanwhile is left alone.
      if (pending !== undefined && pending.rows === store.state.head?.rows && store.state.top === 0) grid.scrollTo(pending.top);
      pending = undefined;
    },
  });
  // Before the page is built: it is, long before the answer comes.
  void loader.open();
  const services = (): typeof loader.services => loader.services;
  const search = new SearchLoader(store, host, actions);
  const spans = new SpanLoader(store, host);
  const controls = new Controls();
  const toggleHelp = (): void => store.update({ helpOpen: !store.state.helpOpen });

  const grid = new Grid(store, services);
  const focusGrid = (): void => grid.element.focus({ preventScroll: true });
  /** The rows have the keyboard from the start, but are never taken away from another part of the editor. */
  const takeFocus = (): void => {
    if (document.hasFocus() && (document.activeElement === null || document.activeElement === document.body)) focusGrid();
  };
  window.addEventListener('focus', takeFocus);
  const why = new WhyLine(actions, focusGrid);
  const update = (): void => {
    // The link that was pressed goes.
    focusGrid();
    void loader.reload();
  };
  const notices = new Notices({ store, controls, onRetry: () => void loader.open(), onUpdate: update });
  const header = new Header(actions, toggleHelp, notices.inline);
  const toolbar = new Toolbar({ actions, search, controls, onTyping: (active) => host.emit('typing', { active }), onLeave: focusGrid });
  const minimap = new Minimap(store, actions, services);
  const axis = new Axis(store, actions);
  const details = new Details({ store, actions, services, onFind: (query) => search.type(query) });
  const footer = new Footer();
  const help = new Help(store, focusGrid);
  const nameSplitter = splitter({
    label: 'Width of the operation names',
    class: 'names',
    size: () => store.state.layout.timelineLeft,
    least: 120,
    most: () => grid.element.clientWidth * 0.6,
    onSize: (nameWidth) => store.update({ nameWidth }),
    direction: 1,
  });
  const panelSplitter = splitter({
    label: 'Width of the details',
    class: 'panel',
    size: () => store.state.panelWidth,
    least: LEAST_PANEL,
    most: () => document.body.clientWidth * 0.7,
    onSize: (panelWidth) => store.update({ panelWidth }),
    direction: -1,
  });

  axis.element.append(nameSplitter);
  const left = el('div', { class: 'left' }, toolbar.element, minimap.element, axis.element, grid.element);
  const main = el('main', {}, left, panelSplitter, details.element);
  document.body.replaceChildren(header.element, why.element, notices.element, main, footer.element, help.element, notices.live);
  document.body.classList.add('tracefall');
  const frame = {
    render: (state: State): void => {
      panelSplitter.hidden = details.element.hidden;
      nameSplitter.style.left = `${state.layout.timelineLeft - 3}px`;
      // Not on the root: there the editor announces its themes, and every size would be taken for one.
      document.body.style.setProperty('--row-height', `${state.layout.rowHeight}px`);
      document.body.style.setProperty('--name-width', `${state.layout.timelineLeft}px`);
      main.classList.toggle('empty', state.head === undefined);
    },
  };
  store.add(header, why, notices, toolbar, details, frame, grid, axis, minimap, footer, help, spans, new Saver(api.save, () => actions.time.total));

  listenToKeys({ grid: grid.element, actions, page: () => grid.page });
  listenToMouse(grid.element, store, actions);
  // Escape steps back from anywhere but a text field, which has its own use for it.
  main.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    actions.escape();
    focusGrid();
  });
  copyExactValues(document);
  applyTheme(store.state.theme);
  watchTheme((theme) => {
    applyTheme(theme);
    controls.themeChanged();
    store.update({ theme });
  });
  setInterval(() => store.update({ nowMs: Date.now() }), CLOCK);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    void loader.resume();
    spans.resume();
  });
  store.flush();
  // Reads the sizes that were just given: what is drawn next, with the first rows, is drawn at them.
  grid.measure();
}

/** After the first rows are on the screen, which it would hold up; native controls stay where it cannot be loaded. */
function loadToolkit(controls: Controls): void {
  if (controls.isUpgraded) return;
  import('./toolkit.ts').then(
    (toolkit) => controls.upgrade(toolkit.toolkitControls()),
    (error: unknown) => console.warn('The toolkit could not be loaded; native controls stay.', error),
  );
}

boot();
