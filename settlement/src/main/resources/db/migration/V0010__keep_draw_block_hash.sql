-- Told with the draw: the Court keeps a draw block's hash only when somebody pinned it.
alter table epoch
  add column draw_block_hash text check (draw_block_hash ~ '^0x[0-9a-f]{64}$');
