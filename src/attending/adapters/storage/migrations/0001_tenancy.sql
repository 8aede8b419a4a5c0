-- Tenancy: who a transaction acts for, and the policy that every tenant table carries.
-- Roles (attending_owner, attending_web, attending_inference, attending_releaser,
-- attending_queue, attending_keeper) are made by the migrator before this file runs.

-- The keys under which tickets are accepted, as the two pads of HMAC. The schema is the
-- administrator's; the keeper reads the table for the function below, and nobody else.
create schema attending_keys;
create table attending_keys.ticket_pads (
  id        text primary key,  -- stands in the ticket
  role      name not null,     -- in whose sessions a ticket under this key holds
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64),
  loaded_at timestamptz not null default now()
);
grant usage on schema attending_keys to attending_keeper;
grant select on attending_keys.ticket_pads to attending_keeper;

-- The tenant of this transaction, or null, which means: no rows. What any role may set,
-- injected SQL may set. So the tenant is kept where the keeper alone may write: in a
-- parameter that takes a superuser, or a grant to set it. PostgreSQL has only its own of
-- that kind, and this one does nothing with a name that no function of the server bears.
create function attending.tenant() returns uuid
language sql stable parallel safe
as $$ select nullif(current_setting('backtrace_functions'), '')::uuid $$;

-- Begins to act for the tenant that a right ticket names, until the transaction ends, and
-- returns it; with any other ticket, for nobody. A ticket is
-- "<key id>.<tenant>.<expires>.<MAC>" (tickets.py). Nothing in it is believed, or even read
-- as a number, before the MAC has been checked.
create function attending.enter(ticket text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  said text := left(ticket, -65);  -- all but the dot and the MAC
  pads attending_keys.ticket_pads;
begin
  select * into pads from attending_keys.ticket_pads p where p.id = split_part(ticket, '.', 1);
  -- Digests are compared, so that the time it takes tells nothing about the right MAC.
  if not found
     or sha256(convert_to(right(ticket, 65), 'UTF8')) <> sha256(convert_to(
          '.' || encode(sha256(pads.outer_pad
                 || sha256(pads.inner_pad || convert_to(said, 'UTF8'))), 'hex'), 'UTF8'))
     or not pg_has_role(session_user, pads.role, 'member')
     or clock_timestamp() > to_timestamp(split_part(said, '.', 3)::bigint) then
    perform set_config('backtrace_functions', '', true);
    return null;
  end if;
  return set_config('backtrace_functions', replace(split_part(said, '.', 2), '-', ''), true);
end $$;
-- To own it, the keeper must for a moment be allowed to make objects here.
grant create on schema attending to attending_keeper;
alter function attending.enter owner to attending_keeper;
revoke create on schema attending from attending_keeper;
revoke execute on function attending.enter from public;
grant execute on function attending.enter
  to attending_owner, attending_web, attending_inference, attending_releaser;

-- Puts a table under the tenant policy. Every table of the schema goes through here;
-- the catalogue test fails on one that did not. "(select …)" is evaluated once per
-- statement, not per row.
create function attending.protect(table_name text) returns void
language plpgsql
as $$
begin
  execute format('alter table attending.%I owner to attending_owner', table_name);
  execute format('alter table attending.%I enable row level security', table_name);
  execute format('alter table attending.%I force row level security', table_name);
  execute format(
    'create policy tenant_only on attending.%I
       using (tenant_id = (select attending.tenant()))
       with check (tenant_id = (select attending.tenant()))', table_name);
end $$;
revoke execute on function attending.protect from public;

-- Refuses any change of a row, by whomever: what was written stays (invariant 3).
create function attending.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'rows of % are never changed or deleted', tg_table_name
    using errcode = 'AT001';
end $$;

create function attending.keep_forever(table_name text) returns void
language plpgsql
as $$
begin
  execute format(
    'create trigger keep_rows before update or delete on attending.%I
       for each row execute function attending.refuse_change()', table_name);
  execute format(
    'create trigger keep_table before truncate on attending.%I
       for each statement execute function attending.refuse_change()', table_name);
end $$;
revoke execute on function attending.keep_forever from public;

create table attending.tenants (
  tenant_id  uuid primary key,
  name       text not null,
  demo       boolean not null default false,  -- adds the HTEST label to what is written
  created_at timestamptz not null default now()
);
select attending.protect('tenants');
grant select on attending.tenants to attending_web, attending_inference, attending_releaser;

-- The tenant's keys, each wrapped by the installation's. The newest generation wraps what is
-- new; an older one goes when nothing is wrapped by it any more.
create table attending.tenant_keys (
  tenant_id  uuid not null references attending.tenants,
  generation integer not null check (generation > 0),
  key        bytea not null,
  clinic_key bytea not null,  -- of what is the tenant's and of no patient, wrapped by this key
  made_at    timestamptz not null default now(),
  primary key (tenant_id, generation)
);
select attending.protect('tenant_keys');
grant select on attending.tenant_keys to attending_web;
grant select (tenant_id, generation, key) on attending.tenant_keys to attending_releaser;

create table attending.principals (
  tenant_id uuid not null references attending.tenants,
  id        uuid not null,
  issuer    text not null,
  subject   text not null,
  name      text not null,
  roles     text[] not null,
  primary key (tenant_id, id),
  unique (tenant_id, issuer, subject)
);
select attending.protect('principals');
grant select on attending.principals to attending_web, attending_releaser;

create table attending.record_targets (
  tenant_id uuid not null references attending.tenants,
  id        uuid not null,
  kind      text not null,
  address   text not null,
  name      text not null,
  primary key (tenant_id, id)
);
select attending.protect('record_targets');
grant select on attending.record_targets to attending_web, attending_releaser;

create table attending.patients (
  tenant_id  uuid not null references attending.tenants,
  id         uuid not null,
  target_id  uuid not null,
  identity   bytea not null,  -- ciphertext of the PatientIdentity
  key        bytea not null,  -- the patient's key, wrapped by the tenant's
  key_generation integer not null,  -- by which of them
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, target_id) references attending.record_targets (tenant_id, id),
  foreign key (tenant_id, key_generation) references attending.tenant_keys (tenant_id, generation)
);
create index patients_by_generation on attending.patients (tenant_id, key_generation, id);
select attending.protect('patients');
grant select, insert on attending.patients to attending_web;
grant update (identity) on attending.patients to attending_web;  -- read again in the record
grant select on attending.patients to attending_releaser;

-- Append-only; the last row per patient and purpose holds.
create table attending.consents (
  tenant_id    uuid not null,
  id           uuid not null,
  patient_id   uuid not null,
  purpose      text not null check (purpose in ('record', 'assistance', 'training', 'incidental')),
  granted      boolean not null,
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, patient_id) references attending.patients (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index consents_by_patient on attending.consents (tenant_id, patient_id, purpose, at desc);
select attending.protect('consents');
select attending.keep_forever('consents');
grant select, insert on attending.consents to attending_web;
grant select on attending.consents to attending_inference;

create table attending.encounters (
  tenant_id    uuid not null,
  id           uuid not null,
  patient_id   uuid not null,
  target_id    uuid not null,
  reference    bytea not null,  -- ciphertext of the encounter's reference in the record
  principal_id uuid not null,
  started_at   timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, patient_id) references attending.patients (tenant_id, id),
  foreign key (tenant_id, target_id) references attending.record_targets (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index encounters_by_patient on attending.encounters (tenant_id, patient_id);
create index encounters_by_start on attending.encounters (tenant_id, started_at desc, id desc);
select attending.protect('encounters');
grant select, insert on attending.encounters to attending_web;
grant select on attending.encounters to attending_inference, attending_releaser;

-- Answers already given, so that a write that is sent twice happens once.
create table attending.idempotency (
  tenant_id      uuid not null references attending.tenants,
  principal_id   uuid not null,
  key            text not null check (length(key) <= 200),
  request_digest text not null,
  status         integer not null,
  body           bytea not null,  -- ciphertext
  at             timestamptz not null default now(),
  primary key (tenant_id, principal_id, key)
);
select attending.protect('idempotency');
grant select, insert on attending.idempotency to attending_web;
