// All servers of all backends in one table.
import { useComputed } from '@preact/signals';
import { backends, known, structure } from '../data/store';
import { ServerTable } from '../parts/table';

export function ServersView() {
  const all = useComputed(() => {
    void structure.value;
    return [...backends.values()].flatMap((b) => known.servers(b.data.pxname));
  });
  return (
    <section class="panel">
      <h1>Servers</h1>
      <ServerTable source={all} place="all" label="All servers" showProxy />
    </section>
  );
}
