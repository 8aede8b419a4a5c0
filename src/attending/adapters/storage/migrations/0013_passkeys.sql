-- Passkeys as their owners enrolled them. A row is a wish: a passkey signs once a statement
-- of trust names its key, and by that statement's key alone. What is kept here besides is
-- how often it was used, and whether its owner withdrew it.

create table attending.passkeys (
  tenant_id    uuid not null references attending.tenants,
  id           uuid not null,
  principal_id uuid not null,
  name         text not null check (name <> '' and length(name) <= 80),
  credential   text not null check (credential ~ '^[A-Za-z0-9_-]+$' and length(credential) <= 1364),
  key          text not null check (key ~ '^[A-Za-z0-9_-]+$' and length(key) <= 4096),
  rp_id        text not null check (rp_id <> ''),
  origin       text not null check (origin <> ''),
  count        bigint not null check (count >= 0),
  enrolled_at  timestamptz not null default clock_timestamp(),
  used_at      timestamptz,
  withdrawn_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, credential),
  foreign key (tenant_id, principal_id) references attending.principals (tenant_id, id)
);
create index passkeys_by_principal on attending.passkeys (tenant_id, principal_id, enrolled_at);
select attending.protect('passkeys');
grant select, insert (tenant_id, id, principal_id, name, credential, key, rp_id, origin, count)
  on attending.passkeys to attending_web;
grant update (count, used_at, withdrawn_at) on attending.passkeys to attending_web;

-- Who signs may enrol, and not without end: each waits for a person's confirmation.
create function attending.enrol_passkey() returns trigger
language plpgsql
as $$
begin
  if not attending.is_clinician(new.principal_id) then
    raise exception 'the principal may not sign' using errcode = 'AT009';
  end if;
  if (select count(*) from attending.passkeys p
      where p.tenant_id = new.tenant_id and p.principal_id = new.principal_id
        and p.withdrawn_at is null) >= 10 then
    raise exception 'too many passkeys' using errcode = 'AT080';
  end if;
  return new;
end $$;
create trigger enrolled before insert on attending.passkeys
  for each row execute function attending.enrol_passkey();

-- A count rises, and what was withdrawn stays so, past our own code too.
create function attending.passkey_step() returns trigger
language plpgsql
as $$
begin
  if old.withdrawn_at is not null then
    raise exception 'the passkey was withdrawn' using errcode = 'AT081';
  end if;
  if new.used_at is distinct from old.used_at
     and new.count <= old.count and (new.count, old.count) <> (0, 0) then
    raise exception 'the count went back' using errcode = 'AT082';
  end if;
  if new.count <> old.count and new.used_at is not distinct from old.used_at then
    raise exception 'a count belongs to a use' using errcode = 'AT082';
  end if;
  return new;
end $$;
create trigger step before update on attending.passkeys
  for each row execute function attending.passkey_step();

create function attending.audit_passkey() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform attending.audit(new.principal_id::text, 'passkey.enrolled', new.id::text, '{}');
  elsif new.withdrawn_at is not null then
    perform attending.audit(new.principal_id::text, 'passkey.withdrawn', new.id::text, '{}');
  end if;
  return null;
end $$;
create trigger told after insert or update on attending.passkeys
  for each row execute function attending.audit_passkey();
