-- Log-ins that were ended before their tokens expire. Every request looks here, in the
-- transaction that it opens anyway: one statement on this index.

create table attending.ended_sessions (
  tenant_id    uuid not null references attending.tenants,
  id           uuid not null,
  principal_id uuid not null,
  session      text not null check (length(session) <= 300),  -- '' is every one
  until        timestamptz not null,  -- tokens that were issued until then
  ended_by     uuid not null,
  at           timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id),
  foreign key (tenant_id, ended_by) references attending.principals (tenant_id, id),
  -- Nobody is kept out of what has not begun yet.
  check (until <= at + interval '1 minute')
);
create index ended_sessions_by_principal
  on attending.ended_sessions (tenant_id, principal_id, session, until desc);
select attending.protect('ended_sessions');
select attending.keep_forever('ended_sessions');
grant select, insert (tenant_id, id, principal_id, session, until, ended_by)
  on attending.ended_sessions to attending_web;

-- Each one is told in the chain, also one that was written past our own code; and one's
-- own session is one's own affair, that of another takes a role.
create function attending.end_session() returns trigger
language plpgsql
as $$
begin
  if new.ended_by <> new.principal_id and not exists (
       select from attending.principals p
       where p.tenant_id = new.tenant_id and p.id = new.ended_by
         and p.roles && array['safety_officer', 'admin']) then
    raise exception 'somebody else''s session is ended by an officer' using errcode = 'AT070';
  end if;
  perform attending.audit(new.ended_by::text, 'session.ended', new.principal_id::text,
    jsonb_build_object('every', new.session = ''));
  return null;
end $$;
create trigger told after insert on attending.ended_sessions
  for each row execute function attending.end_session();
