-- Stopping: acts that pause a line or a model version, and acts that let it go again.
-- A pause stands until the act that resumes it is written.

create table attending.pauses (
  tenant_id    uuid not null,
  id           uuid not null,  -- of the pause; its resumption bears the same
  act          text not null check (act in ('pause', 'resume')),
  scope        text not null check (scope in ('line', 'model')),
  name         text not null check (name <> ''),
  version      text not null check (version <> ''),  -- of a model; '*' is every one
  body         bytea not null,  -- ciphertext: the reason; of a resumption what was signed
  digest       text check (digest ~ '^[0-9a-f]{64}$'),
  proof        bytea,           -- ciphertext: it names a person
  principal_id uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id, act),
  check ((act = 'resume') = (digest is not null and proof is not null)),
  check (scope = 'model' or version = '*'),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
select attending.protect('pauses');
select attending.keep_forever('pauses');
grant select, insert on attending.pauses to attending_web;
-- What to stop for, not why, nor by whom.
grant select (tenant_id, id, act, scope, name, version, at)
  on attending.pauses to attending_inference;

-- For every tenant. No serving role writes here: an administrator does, by command. What
-- is written is read in every clinic, so it names no patient and no clinic.
create table attending.installation_pauses (
  id      uuid not null,
  act     text not null check (act in ('pause', 'resume')),
  scope   text not null check (scope in ('line', 'model')),
  name    text not null check (name <> ''),
  version text not null check (version <> ''),
  reason  text not null check (reason <> ''),
  at      timestamptz not null default clock_timestamp(),
  primary key (id, act),
  check (scope = 'model' or version = '*')
);
alter table attending.installation_pauses owner to attending_owner;
select attending.keep_forever('installation_pauses');
grant select on attending.installation_pauses to attending_web, attending_inference;

-- What stops work now.
create function attending.stops()
returns table (id uuid, scope text, name text, version text, everywhere boolean, at timestamptz)
language sql stable
as $$
  select p.id, p.scope, p.name, p.version, false, p.at
  from attending.pauses p
  where p.tenant_id = (select attending.tenant()) and p.act = 'pause'
    and not exists (
      select from attending.pauses r
      where r.tenant_id = p.tenant_id and r.id = p.id and r.act = 'resume')
  union all
  select p.id, p.scope, p.name, p.version, true, p.at
  from attending.installation_pauses p
  where p.act = 'pause'
    and not exists (
      select from attending.installation_pauses r where r.id = p.id and r.act = 'resume')
$$;

create function attending.is_safety_officer(who uuid) returns boolean
language sql stable
as $$
  select exists (
    select from attending.principals p
    where p.tenant_id = attending.tenant() and p.id = who and 'safety_officer' = any (p.roles))
$$;

-- Only a safety officer stops and resumes, and what stands is resumed as it stands. Whether
-- the proof of a resumption holds the database cannot know: the web process asks the issuer's
-- key before it writes one.
create function attending.check_pause() returns trigger
language plpgsql
as $$
begin
  if not attending.is_safety_officer(new.principal_id) then
    raise exception 'the principal may not stop or resume' using errcode = 'AT041';
  end if;
  if abs(extract(epoch from clock_timestamp() - new.at)) > 120 then
    raise exception 'an act bears the time at which it is made' using errcode = 'AT016';
  end if;
  if new.act = 'resume' and not exists (
    select from attending.pauses p
    where p.tenant_id = new.tenant_id and p.id = new.id and p.act = 'pause'
      and (p.scope, p.name, p.version) = (new.scope, new.name, new.version)
  ) then
    raise exception 'nothing is paused by this' using errcode = 'AT042';
  end if;
  return new;
end $$;
create trigger officers_only before insert on attending.pauses
  for each row execute function attending.check_pause();

-- Every act is in the chain, by whatever way it was written.
create function attending.audit_pause() returns trigger
language plpgsql
as $$
begin
  perform attending.audit(
    new.principal_id::text,
    case when new.act = 'pause' then 'stop.paused' else 'stop.resumed' end,
    new.id::text,
    jsonb_strip_nulls(jsonb_build_object(
      'scope', new.scope, 'name', new.name, 'version', new.version, 'digest', new.digest)));
  return null;
end $$;
create trigger audited after insert on attending.pauses
  for each row execute function attending.audit_pause();

-- Looked at when a transaction commits, so that nothing appears after a pause that came
-- while the transaction was under way. A draft is held by its own model and by that which
-- decoded its source.
create function attending.refuse_paused() returns trigger
language plpgsql
as $$
declare
  held uuid;
begin
  -- The pauses of another tenant would say nothing of this row.
  if new.tenant_id is distinct from attending.tenant() then
    raise exception 'the transaction is no longer of the tenant' using errcode = 'AT043';
  end if;
  if tg_table_name = 'runs' then
    select s.id into held
    from attending.stops() s, attending.sources o
    where o.tenant_id = new.tenant_id and o.id = new.source_id
      and (s.scope = 'line' and s.name = o.line
           or s.scope = 'model' and s.name = new.model_name
              and s.version in ('*', new.model_version))
    limit 1;
  else
    select s.id into held
    from attending.stops() s
    where s.scope = 'line' and s.name = new.line
       or s.scope = 'model' and exists (
         select from attending.runs r
         where r.tenant_id = new.tenant_id and r.source_id = new.source_id
           and r.model_name = s.name and s.version in ('*', r.model_version)
           and (r.step = 'decode' or r.id = (
             select d.run_id from attending.drafts d
             where d.tenant_id = new.tenant_id and d.case_id = new.id)))
    limit 1;
  end if;
  if held is not null then
    raise exception 'the line or a model is paused' using errcode = 'AT040', detail = held;
  end if;
  return null;
end $$;
create constraint trigger not_while_paused after insert on attending.runs
  deferrable initially deferred
  for each row execute function attending.refuse_paused();
-- Drafts that are in review stay there, and what was released may be reviewed again.
create constraint trigger not_while_paused after update of state on attending.cases
  deferrable initially deferred
  for each row when (old.state = 'drafting' and new.state = 'in_review')
  execute function attending.refuse_paused();

-- That a case waits, and that it goes on, stands on the timeline.
create function attending.record_waiting() returns trigger
language plpgsql
as $$
begin
  perform attending.record_transition(new.encounter_id, 'case', new.id,
    old.state, new.state, new.version, new.reason);
  return null;
end $$;
create trigger waits after update of reason on attending.cases
  for each row when (
    old.state = 'drafting' and new.state = 'drafting'
    and (old.reason = 'line.paused') <> (new.reason = 'line.paused'))
  execute function attending.record_waiting();

-- Which models ran here, since when, and what they did today, without reading every run.
create index runs_by_model
  on attending.runs (tenant_id, model_name, model_version, finished_at);

-- An administrator's resumption puts the work of every clinic back.
grant usage on schema queue to attending_owner;
grant execute on function queue.enqueue to attending_owner;
