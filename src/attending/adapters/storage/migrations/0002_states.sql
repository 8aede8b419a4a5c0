-- The state machines, as the database knows them: which step, by which process.

create table attending.allowed_transitions (
  subject    text not null,
  from_state text not null,  -- '' is birth
  to_state   text not null,
  role       name not null,
  primary key (subject, from_state, to_state, role)
);
alter table attending.allowed_transitions owner to attending_owner;
grant select on attending.allowed_transitions
  to attending_web, attending_inference, attending_releaser;

insert into attending.allowed_transitions (subject, from_state, to_state, role) values
  ('source',  '',             'received',     'attending_web'),
  ('source',  'received',     'transcribing', 'attending_inference'),
  ('source',  'transcribing', 'transcribing', 'attending_inference'),  -- taken over
  ('source',  'transcribing', 'transcribed',  'attending_inference'),
  ('source',  'received',     'failed',       'attending_inference'),
  ('source',  'transcribing', 'failed',       'attending_inference'),
  ('source',  'failed',       'received',     'attending_web'),
  ('case',    '',             'drafting',     'attending_web'),
  ('case',    'drafting',     'drafting',     'attending_inference'),
  ('case',    'drafting',     'in_review',    'attending_inference'),
  ('case',    'drafting',     'failed',       'attending_inference'),
  ('case',    'failed',       'drafting',     'attending_web'),
  ('case',    'in_review',    'in_review',    'attending_web'),        -- a decision
  ('case',    'in_review',    'signed',       'attending_web'),
  ('case',    'in_review',    'rejected',     'attending_web'),
  ('case',    'released',     'in_review',    'attending_web'),        -- to amend
  ('case',    'released',     'signed',       'attending_web'),        -- to retract
  ('case',    'signed',       'released',     'attending_releaser'),
  ('case',    'signed',       'retracted',    'attending_releaser'),
  ('case',    'signed',       'failed',       'attending_releaser'),
  ('case',    'failed',       'signed',       'attending_web'),
  ('case',    'failed',       'in_review',    'attending_web'),
  ('release', '',             'pending',      'attending_web'),
  ('release', 'pending',      'writing',      'attending_releaser'),
  ('release', 'writing',      'writing',      'attending_releaser'),   -- tried again
  ('release', 'writing',      'written',      'attending_releaser'),
  ('release', 'pending',      'failed',       'attending_releaser'),
  ('release', 'writing',      'failed',       'attending_releaser'),
  ('release', 'failed',       'failed',       'attending_releaser'),   -- it stands after all
  ('release', 'failed',       'pending',      'attending_web');

-- Every step of every state machine, written by the triggers below and by nothing else.
create table attending.transitions (
  tenant_id    uuid not null references attending.tenants,
  id           uuid not null default gen_random_uuid(),
  encounter_id uuid not null,
  subject      text not null,
  subject_id   uuid not null,
  from_state   text not null,
  to_state     text not null,
  version      integer not null,
  reason       text not null,
  actor        text not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, encounter_id) references attending.encounters (tenant_id, id)
);
create index transitions_by_encounter on attending.transitions (tenant_id, encounter_id, at);
select attending.protect('transitions');
select attending.keep_forever('transitions');
grant select on attending.transitions to attending_web, attending_inference, attending_releaser;

create function attending.record_transition(
  encounter uuid, subject text, subject_id uuid,
  from_state text, to_state text, version integer, reason text
) returns void
language plpgsql security definer set search_path = pg_catalog, attending, pg_temp
as $$
begin
  if pg_trigger_depth() = 0 then
    raise exception 'transitions are recorded by triggers alone' using errcode = 'AT002';
  end if;
  insert into attending.transitions
    (tenant_id, encounter_id, subject, subject_id, from_state, to_state, version, reason, actor)
  values
    (attending.tenant(), encounter, subject, subject_id, from_state, to_state, version, reason,
     coalesce(nullif(current_setting('attending.actor', true), ''), session_user));
end $$;
alter function attending.record_transition owner to attending_owner;
revoke execute on function attending.record_transition from public;
grant execute on function attending.record_transition
  to attending_web, attending_inference, attending_releaser;

-- Raises unless this role may take this step, one version at a time.
create function attending.check_transition(
  subject_name text, old_state text, new_state text, old_version integer, new_version integer
) returns void
language plpgsql
as $$
begin
  if new_version <> old_version + 1 then
    raise exception '%: version % does not follow %', subject_name, new_version, old_version
      using errcode = 'AT003', detail = old_state || ' ' || old_version;
  end if;
  if not exists (
    select from attending.allowed_transitions a
    where a.subject = subject_name and a.from_state = old_state
      and a.to_state = new_state and a.role = current_user
  ) then
    raise exception '%: % may not go from "%" to "%"',
      subject_name, current_user, old_state, new_state
      using errcode = 'AT004', detail = old_state || ' ' || old_version;
  end if;
end $$;
