-- The keys that inference works with: of each source that it has to do with, the patient's
-- key, sealed by the web process for the inference process. A row comes with the work and
-- goes with it.

create table attending.job_keys (
  tenant_id  uuid not null,
  source_id  uuid not null,
  patient_id uuid not null,
  sealed     bytea not null,  -- HPKE; opens with inference's private key, for this row alone
  primary key (tenant_id, source_id),
  foreign key (tenant_id, source_id) references attending.sources (tenant_id, id),
  foreign key (tenant_id, patient_id) references attending.patients (tenant_id, id)
);
create index job_keys_by_patient on attending.job_keys (tenant_id, patient_id);
select attending.protect('job_keys');
grant select, insert, update (sealed) on attending.job_keys to attending_web;
grant select on attending.job_keys to attending_inference;

-- A key is handed over for work that is to be done, and of the patient whose it is. The case
-- is held until the commit: its work does not end meanwhile and leave the key behind.
create function attending.check_job_key() returns trigger
language plpgsql
as $$
begin
  perform 1
  from attending.cases c
  join attending.encounters e on e.tenant_id = c.tenant_id and e.id = c.encounter_id
  where c.tenant_id = new.tenant_id and c.source_id = new.source_id and c.state = 'drafting'
    and e.patient_id = new.patient_id
  for share of c;
  if not found then
    raise exception 'there is no work on this source that needs the key' using errcode = 'AT060';
  end if;
  return new;
end $$;
create trigger needed before insert or update on attending.job_keys
  for each row execute function attending.check_job_key();

-- When inference's work on a source ends, well or not, its key goes in the same transaction:
-- at its end, so that the explanation of a failure can still be sealed.
create function attending.take_job_key_back() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if new.tenant_id is distinct from attending.tenant() then
    raise exception 'the transaction is no longer of the tenant' using errcode = 'AT043';
  end if;
  delete from attending.job_keys k
  where k.tenant_id = new.tenant_id and k.source_id = new.source_id;
  return null;
end $$;
alter function attending.take_job_key_back owner to attending_owner;
revoke execute on function attending.take_job_key_back from public;
create constraint trigger work_ended after update of state on attending.cases
  deferrable initially deferred
  for each row when (old.state = 'drafting' and new.state <> 'drafting')
  execute function attending.take_job_key_back();
