-- Live capture: a recording that arrives in chunks while people talk. At its end it becomes a
-- source like any other; what was heard of it meanwhile saves the time of hearing it then.

insert into attending.allowed_transitions (subject, from_state, to_state, role) values
  ('capture', '',          'recording', 'attending_web'),
  ('capture', 'recording', 'abandoned', 'attending_inference'),
  ('capture', 'abandoned', 'recording', 'attending_web'),        -- gone on with
  ('capture', 'recording', 'ended',     'attending_web'),
  ('capture', 'abandoned', 'ended',     'attending_web');

create table attending.captures (
  tenant_id    uuid not null,
  id           uuid not null,
  encounter_id uuid not null,
  line         text not null,
  hints        bytea not null,  -- ciphertext: words to expect
  principal_id uuid not null,   -- who records
  state        text not null,
  version      integer not null,
  asked_at     timestamptz,     -- since when a job is on its way that hears what has come
  source_id    uuid,            -- what it became
  opened_at    timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  check (source_id is null or state = 'ended'),
  foreign key (tenant_id, encounter_id) references attending.encounters (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id),
  -- A capture becomes a source of its own encounter, and so of its own patient.
  foreign key (tenant_id, source_id, encounter_id)
    references attending.sources (tenant_id, id, encounter_id)
);
create unique index captures_once on attending.captures (tenant_id, encounter_id, line)
  where state <> 'ended';
create index captures_open on attending.captures (tenant_id, opened_at) where state <> 'ended';
create index captures_by_source on attending.captures (tenant_id, source_id);
select attending.protect('captures');
grant select, insert on attending.captures to attending_web;
grant update (state, version, asked_at, source_id) on attending.captures to attending_web;
grant select on attending.captures to attending_inference;
grant update (state, version, asked_at) on attending.captures to attending_inference;

create function attending.capture_step() returns trigger
language plpgsql
as $$
declare
  encounter uuid;
begin
  perform attending.check_transition('capture',
    case when tg_op = 'INSERT' then '' else old.state end, new.state,
    case when tg_op = 'INSERT' then 0 else old.version end, new.version);
  -- Asked here, so that a refusal does not tell whether it stands in another tenant.
  select e.id into strict encounter
  from attending.encounters e where e.tenant_id = new.tenant_id and e.id = new.encounter_id;
  perform attending.record_transition(encounter, 'capture', new.id,
    case when tg_op = 'INSERT' then '' else old.state end, new.state, new.version, '');
  return new;
end $$;
create trigger step_born before insert on attending.captures
  for each row execute function attending.capture_step();
create trigger step_taken before update of state, version, source_id on attending.captures
  for each row execute function attending.capture_step();

-- What arrived. The content lies in the blob store until the capture has become a source.
create table attending.capture_chunks (
  tenant_id   uuid not null,
  capture_id  uuid not null,
  number      integer not null check (number between 1 and 20000),
  digest      text not null check (digest ~ '^[0-9a-f]{64}$'),  -- SHA-256 of the samples
  size        integer not null check (size between 2 and 640000 and size % 2 = 0),  -- bytes
  blob        text not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, capture_id, number),
  unique (tenant_id, blob),
  foreign key (tenant_id, capture_id) references attending.captures (tenant_id, id)
);
select attending.protect('capture_chunks');
select attending.keep_forever('capture_chunks');
grant select, insert on attending.capture_chunks to attending_web;
grant select on attending.capture_chunks to attending_inference;

-- What a model heard of it meanwhile; each piece follows the one before.
create table attending.capture_pieces (
  tenant_id     uuid not null,
  capture_id    uuid not null,
  number        integer not null check (number > 0),
  start_sample  bigint not null,
  end_sample    bigint not null check (end_sample > start_sample),
  words         bytea not null,  -- ciphertext: as they are shown
  kept          bytea not null,  -- ciphertext: in the line's own form
  model_name    text not null,
  model_version text not null,
  at            timestamptz not null default clock_timestamp(),
  primary key (tenant_id, capture_id, number),
  foreign key (tenant_id, capture_id) references attending.captures (tenant_id, id)
);
select attending.protect('capture_pieces');
select attending.keep_forever('capture_pieces');
grant select, insert on attending.capture_pieces to attending_inference;
grant select on attending.capture_pieces to attending_web;

-- Both arrive while it is recorded, not later: nothing is slipped under what was ended. The
-- capture is held until the commit, so that it does not end meanwhile.
create function attending.check_capturing() returns trigger
language plpgsql
as $$
begin
  perform 1 from attending.captures c
  where c.tenant_id = new.tenant_id and c.id = new.capture_id and c.state = 'recording'
  for share of c;
  if not found then
    raise exception 'the capture is not recording' using errcode = 'AT080';
  end if;
  return new;
end $$;
create trigger recording_only before insert on attending.capture_chunks
  for each row execute function attending.check_capturing();
create trigger recording_only before insert on attending.capture_pieces
  for each row execute function attending.check_capturing();

create function attending.check_piece() returns trigger
language plpgsql
as $$
begin
  if new.start_sample <> coalesce((
       select p.end_sample from attending.capture_pieces p
       where p.tenant_id = new.tenant_id and p.capture_id = new.capture_id
         and p.number = new.number - 1), 0)
     or (new.number > 1) <> exists (
       select from attending.capture_pieces p
       where p.tenant_id = new.tenant_id and p.capture_id = new.capture_id
         and p.number = new.number - 1) then
    raise exception 'a piece follows the one before' using errcode = 'AT081';
  end if;
  return new;
end $$;
create trigger in_order before insert on attending.capture_pieces
  for each row execute function attending.check_piece();

-- A pause stops hearing, too; asked when the transaction commits, like of runs.
create function attending.refuse_paused_piece() returns trigger
language plpgsql
as $$
declare
  held uuid;
begin
  if new.tenant_id is distinct from attending.tenant() then
    raise exception 'the transaction is no longer of the tenant' using errcode = 'AT043';
  end if;
  select s.id into held
  from attending.stops() s, attending.captures c
  where c.tenant_id = new.tenant_id and c.id = new.capture_id
    and (s.scope = 'line' and s.name = c.line
         or s.scope = 'model' and s.name = new.model_name
            and s.version in ('*', new.model_version))
  limit 1;
  if held is not null then
    raise exception 'the line or a model is paused' using errcode = 'AT040', detail = held;
  end if;
  return null;
end $$;
create constraint trigger not_while_paused after insert on attending.capture_pieces
  deferrable initially deferred
  for each row execute function attending.refuse_paused_piece();

-- The keys with which inference hears what arrives: as 0010_job_keys.sql has them of sources.
create table attending.capture_keys (
  tenant_id  uuid not null,
  capture_id uuid not null,
  patient_id uuid not null,
  sealed     bytea not null,  -- HPKE; opens with inference's private key, for this row alone
  primary key (tenant_id, capture_id),
  foreign key (tenant_id, capture_id) references attending.captures (tenant_id, id),
  foreign key (tenant_id, patient_id) references attending.patients (tenant_id, id)
);
create index capture_keys_by_patient on attending.capture_keys (tenant_id, patient_id);
select attending.protect('capture_keys');
grant select, insert, update (sealed) on attending.capture_keys to attending_web;
grant select on attending.capture_keys to attending_inference;

create function attending.check_capture_key() returns trigger
language plpgsql
as $$
begin
  perform 1
  from attending.captures c
  join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
  where c.tenant_id = new.tenant_id and c.id = new.capture_id and c.state = 'recording'
    and e.patient_id = new.patient_id
  for share of c;
  if not found then
    raise exception 'there is no capture that needs the key' using errcode = 'AT060';
  end if;
  return new;
end $$;
create trigger needed before insert or update on attending.capture_keys
  for each row execute function attending.check_capture_key();

-- When nobody records any more the key goes, in the same transaction and at its end.
create function attending.take_capture_key_back() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if new.tenant_id is distinct from attending.tenant() then
    raise exception 'the transaction is no longer of the tenant' using errcode = 'AT043';
  end if;
  delete from attending.capture_keys k
  where k.tenant_id = new.tenant_id and k.capture_id = new.id;
  return null;
end $$;
alter function attending.take_capture_key_back owner to attending_owner;
revoke execute on function attending.take_capture_key_back from public;
create constraint trigger recording_ended after update of state on attending.captures
  deferrable initially deferred
  for each row when (old.state = 'recording' and new.state <> 'recording')
  execute function attending.take_capture_key_back();

-- One that was left alone waits for a person.
alter table attending.failures drop constraint failures_subject_check;
alter table attending.failures add constraint failures_subject_check
  check (subject in ('source', 'case', 'release', 'capture'));
