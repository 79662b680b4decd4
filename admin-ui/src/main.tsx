// The page: what is shown by the address and by what the listener answered.
import { render } from 'preact';
import { link, start, watchTheClock } from './data/live';
import { route, startRoute } from './data/route';
import { process } from './data/store';
import { startTheme } from './data/theme';
import { PendingBanner, StaleBanner } from './parts/banner';
import { BulkBar } from './parts/bulk';
import { FormHost } from './parts/changeform';
import { Header } from './parts/header';
import { HelpHost, startShortcuts } from './parts/help';
import { MenuHost, QuestionHost, ToastHost } from './parts/overlay';
import { ConfigView } from './views/config';
import { Login, Missing, Starting } from './views/entry';
import { ListenersView } from './views/listeners';
import { LogView } from './views/log';
import { Overview } from './views/overview';
import { ProxyView } from './views/proxy';
import { RequestsView } from './views/requests';
import { ServerView } from './views/server';
import { ServersView } from './views/servers';

function View() {
  const { view, words } = route.value;
  if (link.value === 'missing') return <Missing />;
  if (link.value === 'refused') return <Login />;
  if (!process.value) return <Starting />;
  if (view === 'servers') return <ServersView />;
  if (view === 'requests') return <RequestsView />;
  if (view === 'log') return <LogView />;
  if (view === 'listeners') return <ListenersView />;
  if (view === 'config') return <ConfigView />;
  if (view === 'proxy') return <ProxyView name={words[0] ?? ''} />;
  if (view === 'server') return <ServerView pxname={words[0] ?? ''} svname={words[1] ?? ''} />;
  return <Overview />;
}

function Page() {
  const stale = link.value === 'stale' || link.value === 'stopping';
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(e) => {
          e.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        To the content
      </a>
      <Header />
      <main id="main" tabIndex={-1} class={stale ? 'stale' : ''}>
        {process.value ? <StaleBanner /> : null}
        <PendingBanner />
        <View />
        <MenuHost />
      </main>
      <BulkBar />
      <FormHost />
      <QuestionHost />
      <HelpHost />
      <ToastHost />
    </>
  );
}

startTheme();
startRoute();
startShortcuts();
watchTheClock();
render(<Page />, document.getElementById('page')!);
void start();
