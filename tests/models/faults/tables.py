"""Faults of tables: their row security, their shape, their keys."""

from tests.models.faults.fault import Fault

ROW_SECURITY = (
    Fault(
        "a table without row security",
        "ALTER TABLE app.patients DISABLE ROW LEVEL SECURITY",
        "app.patients: has row security off",
    ),
    Fault(
        "row security not forced",
        "ALTER TABLE app.lab_results NO FORCE ROW LEVEL SECURITY",
        "app.lab_results: does not force row security",
    ),
    Fault(
        "a policy that adds OR true",
        "ALTER POLICY tenant ON app.patients "
        "USING (tenant_id = (SELECT app.tenant()) OR true) WITH CHECK (true)",
        "app.patients: policy tenant differs",
    ),
    Fault(
        "a check that lets rows move to another clinic",
        "ALTER POLICY tenant ON app.vitals WITH CHECK (true)",
        "app.vitals: policy tenant differs",
    ),
    Fault(
        "a policy that believes a setting",
        "ALTER POLICY tenant ON app.vitals "
        "USING (tenant_id = current_setting('app.current_tenant')::uuid)",
        "app.vitals: policy tenant differs",
    ),
    Fault(
        "a second permissive policy",
        "CREATE POLICY more ON app.patients USING (true)",
        "app.patients: policy more is not on the list",
    ),
    Fault(
        "a policy for one more role",
        "ALTER POLICY tenant ON app.patients TO moonshot_app, moonshot_worker, moonshot_auth",
        "app.patients: policy tenant differs",
    ),
    Fault("a policy dropped", "DROP POLICY owner ON app.leads", "app.leads: policy owner is miss"),
    Fault(
        "own finances made permissive",
        "DROP POLICY own_finances ON app.invoices; "
        "CREATE POLICY own_finances ON app.invoices TO moonshot_app, moonshot_worker USING (true)",
        "app.invoices: policy own_finances differs: Policy(permissive='PERMISSIVE'",
    ),
    Fault(
        "own finances opened to one more role",
        "ALTER POLICY own_finances ON app.refunds USING ((SELECT app.has_role('front_desk')))",
        "app.refunds: policy own_finances differs",
    ),
    Fault(
        "own finances dropped",
        "DROP POLICY own_finances ON app.claims",
        "app.claims: policy own_finances is missing",
    ),
    Fault(
        "audit rows in another's name",
        "DROP POLICY own_word ON app.mcp_audit_log",
        "app.mcp_audit_log: policy own_word is missing",
    ),
    Fault(
        "agreements signed by anyone",
        "ALTER POLICY own_word ON app.mcp_attestations WITH CHECK (true)",
        "app.mcp_attestations: policy own_word differs",
    ),
    Fault(
        "a function's access made wider",
        "CREATE POLICY auth_delete ON app.staff FOR DELETE TO moonshot_auth USING (true)",
        "app.staff: policy auth_delete is not on the list",
    ),
)

TABLES = (
    Fault(
        "a table that nobody said",
        "CREATE TABLE app.notes (id int PRIMARY KEY)",
        "app.notes: has no tenant_id uuid NOT NULL, and is not on the list",
    ),
    Fault(
        "tenant_id that may be NULL",
        "ALTER TABLE app.vitals DROP CONSTRAINT pk_vitals; "
        "ALTER TABLE app.vitals ALTER tenant_id DROP NOT NULL",
        "app.vitals: has no tenant_id uuid NOT NULL",
    ),
    Fault(
        "a table kept out of the write-ahead log",
        "ALTER TABLE app.security_events SET UNLOGGED",
        "app.security_events: has persistence u",
    ),
    Fault(
        "a table owned by another",
        "ALTER TABLE app.leads OWNER TO moonshot_auth",
        "app.leads: is owned by moonshot_auth",
    ),
    Fault(
        "a view that runs as its owner",
        "CREATE VIEW app.everyone AS SELECT * FROM app.patients",
        "app.everyone: is a view that runs as its owner",
    ),
    Fault(
        "a materialized view",
        "CREATE MATERIALIZED VIEW app.everyone AS SELECT * FROM app.patients",
        "app.everyone: is a materialized view",
    ),
    Fault("a sequence", "CREATE SEQUENCE app.numbers", "app.numbers: is a sequence"),
    Fault(
        "a rewrite rule",
        "CREATE RULE quiet AS ON UPDATE TO app.vitals DO INSTEAD NOTHING",
        "app.vitals: rewrite rule quiet",
    ),
    Fault(
        "a part of a table that is granted",
        "CREATE TABLE app.part () INHERITS (app.patients); "
        "GRANT SELECT ON app.part TO moonshot_app",
        "app.part: is a part of another table",
    ),
    Fault(
        "a column that nobody said",
        "ALTER TABLE app.patients ADD ssn text",
        "app.patients: column ssn (NULL) is not in the models",
    ),
    Fault("a schema", "CREATE SCHEMA shadow", "schema shadow: with owner postgres: not as said"),
    Fault(
        "a schema that changed hands",
        "ALTER SCHEMA identity OWNER TO moonshot_owner",
        "schema identity: with owner moonshot_owner",
    ),
    Fault("an extension", "CREATE EXTENSION hstore", "extension hstore: not as said"),
)

KEYS = (
    Fault(
        "a unique key without tenant_id",
        "CREATE UNIQUE INDEX ON app.patients (id)",
        "app.patients: unique (id) does not begin with tenant_id",
    ),
    Fault(
        "a primary key without tenant_id",
        "ALTER TABLE app.vitals DROP CONSTRAINT pk_vitals, ADD PRIMARY KEY (id)",
        "app.vitals: primary key (id) is not in the models",
    ),
    Fault(
        "tenant_id last in a key",
        "ALTER TABLE app.vitals DROP CONSTRAINT pk_vitals, ADD PRIMARY KEY (id, tenant_id)",
        "app.vitals: unique (id, tenant_id) does not begin with tenant_id",
    ),
    Fault(
        "a foreign key without tenant_id",
        "CREATE UNIQUE INDEX one ON app.patients (id); ALTER TABLE app.vitals "
        "ADD CONSTRAINT fk FOREIGN KEY (patient_id) REFERENCES app.patients (id)",
        "app.vitals: foreign key (patient_id) to app.patients (id) does not carry tenant_id first",
    ),
    Fault(
        "a foreign key that crosses clinics",
        "ALTER TABLE app.vitals ADD FOREIGN KEY (patient_id, tenant_id) "
        "REFERENCES app.patients (tenant_id, id) NOT VALID",
        "(patient_id, tenant_id) to app.patients (tenant_id, id) does not carry tenant_id first",
    ),
    Fault(
        "a foreign key dropped",
        "ALTER TABLE app.vitals DROP CONSTRAINT fk_vitals_tenant_id_patient_id",
        "app.vitals: foreign key (tenant_id, patient_id) to app.patients (tenant_id, id) is missi",
    ),
    Fault(
        "a foreign key not validated",
        "ALTER TABLE app.vitals DROP CONSTRAINT fk_vitals_tenant_id_patient_id; "
        "ALTER TABLE app.vitals ADD FOREIGN KEY (tenant_id, patient_id) "
        "REFERENCES app.patients (tenant_id, id) NOT VALID",
        "is not validated",
    ),
    Fault(
        "a foreign key that deletes",
        "ALTER TABLE app.vitals DROP CONSTRAINT fk_vitals_tenant_id_patient_id; "
        "ALTER TABLE app.vitals ADD FOREIGN KEY (tenant_id, patient_id) "
        "REFERENCES app.patients (tenant_id, id) ON DELETE CASCADE",
        "acts by itself",
    ),
    Fault(
        "foreign keys switched off",
        "ALTER TABLE app.vitals DISABLE TRIGGER ALL",
        "app.vitals: foreign key fk_vitals_tenant_id_patient_id is not checked",
    ),
    Fault(
        "a check dropped",
        "ALTER TABLE app.staff DROP CONSTRAINT ck_staff_licence_recorded",
        "app.staff: check ck_staff_licence_recorded is missing",
    ),
    Fault(
        "a second key in use made possible",
        "DROP INDEX app.ix_tenant_keys_tenant_id_purpose",
        "app.tenant_keys: unique (tenant_id, purpose) where is missing",
    ),
)

ALL = (*ROW_SECURITY, *TABLES, *KEYS)
