# The walk over a large controller: members in one answer, pages, a limit of time, and periods that are seen.
. "$SRC/tests/server/redfish.sh"

# A GPU baseboard as its schema has it: 8 modules, their processors and memory, 200 sensors.
python3 - <<'P'
import json, os
def put(path, doc):
    os.makedirs("bmc/redfish/v1" + path, exist_ok=True)
    doc = {"@odata.id": "/redfish/v1" + path, **doc}
    open(f"bmc/redfish/v1{path}/index.json", "w").write(json.dumps(doc))
def link(path): return {"@odata.id": "/redfish/v1" + path}
def source(path): return {"Reading": VALUE[path], "DataSourceUri": "/redfish/v1" + path}
VALUE = {}
def sensor(path, kind, value, **more):
    VALUE[path] = value
    put(path, {"@odata.type": "#Sensor.v1_6_0.Sensor", "Id": path.split("/")[-1], "ReadingType": kind, "Reading": value, **more})
EXPAND = {"ExpandQuery": {"NoLinks": True, "Levels": True, "MaxLevels": 1}}
put("", {"@odata.type": "#ServiceRoot.v1_9_0.ServiceRoot", "Chassis": link("/Chassis"), "Systems": link("/Systems"),
         "ProtocolFeaturesSupported": EXPAND})
gpus = [f"GPU_SXM_{i}" for i in range(1, 9)]
put("/Chassis", {"Members": [link("/Chassis/Host")] + [link(f"/Chassis/{g}") for g in gpus]})
put("/Chassis/Host", {"@odata.type": "#Chassis.v1_17_0.Chassis", "ChassisType": "RackMount", "Sensors": link("/Chassis/Host/Sensors"),
    "EnvironmentMetrics": link("/Chassis/Host/EnvironmentMetrics"), "Links": {"Contains": [link(f"/Chassis/{g}") for g in gpus]}})
sensor("/Chassis/Host/Sensors/Total", "Power", 6000, PhysicalContext="Chassis", ReadingUnits="W")
put("/Chassis/Host/EnvironmentMetrics", {"@odata.type": "#EnvironmentMetrics.v1_3_0.EnvironmentMetrics", "PowerWatts": source("/Chassis/Host/Sensors/Total")})
many = [f"/Chassis/Host/Sensors/T{i}" for i in range(190)]
for path in many:
    sensor(path, "Temperature", 40, ReadingUnits="Cel")
put("/Chassis/Host/Sensors", {"Members": [link("/Chassis/Host/Sensors/Total")] + [link(p) for p in many]})
put("/Systems", {"Members": [link("/Systems/Baseboard")]})
put("/Systems/Baseboard", {"@odata.type": "#ComputerSystem.v1_20_0.ComputerSystem", "Processors": link("/Systems/Baseboard/Processors"),
    "Memory": link("/Systems/Baseboard/Memory"), "Links": {"Chassis": [link("/Chassis/Host")]}})
put("/Systems/Baseboard/Processors", {"Members": [link(f"/Systems/Baseboard/Processors/{g}") for g in gpus]})
put("/Systems/Baseboard/Memory", {"Members": [link("/Systems/Baseboard/Memory/HBM_1")]})
for n, g in enumerate(gpus):
    c, p = f"/Chassis/{g}", f"/Systems/Baseboard/Processors/{g}"
    # The link is said by the chassis for one half and by the processor for the other.
    put(c, {"@odata.type": "#Chassis.v1_17_0.Chassis", "ChassisType": "Module", "Sensors": link(c + "/Sensors"),
            "EnvironmentMetrics": link(c + "/EnvironmentMetrics"), "Links": {"Processors": [link(p)] if n % 2 else []}})
    sensor(c + "/Sensors/Power", "Power", 600 + n, PhysicalContext="GPU", ReadingUnits="W")
    sensor(c + "/Sensors/Energy", "EnergyJoules", 10 ** 9 + n, PhysicalContext="GPU", ReadingUnits="J")
    put(c + "/Sensors", {"Members": [link(c + "/Sensors/Power"), link(c + "/Sensors/Energy")]})
    put(c + "/EnvironmentMetrics", {"@odata.type": "#EnvironmentMetrics.v1_3_0.EnvironmentMetrics", "PowerWatts": source(c + "/Sensors/Power")})
    put(p, {"@odata.type": "#Processor.v1_16_0.Processor", "ProcessorType": "GPU", "EnvironmentMetrics": link(p + "/EnvironmentMetrics"),
            "Metrics": link(p + "/ProcessorMetrics"), "Links": {} if n % 2 else {"Chassis": link(c)}})
    put(p + "/ProcessorMetrics", {"@odata.type": "#ProcessorMetrics.v1_6_0.ProcessorMetrics", "ConsumedPowerWatt": 500 + n})
    put(p + "/EnvironmentMetrics", {"@odata.type": "#EnvironmentMetrics.v1_3_0.EnvironmentMetrics",
        "PowerWatts": source(c + "/Sensors/Power"), "EnergyJoules": source(c + "/Sensors/Energy")})
m = "/Systems/Baseboard/Memory/HBM_1"
put(m, {"@odata.type": "#Memory.v1_17_0.Memory", "EnvironmentMetrics": link(m + "/EnvironmentMetrics"), "Links": {"Chassis": link("/Chassis/GPU_SXM_1")}})
put(m + "/EnvironmentMetrics", {"PowerWatts": {"Reading": 90}})
P

expect() { # what a GPU baseboard says, however it was read
	same "$(row 'Host PowerWatts' reading)" 6000
	same "$(row 'Host PowerWatts' covers)" 'this machine'
	same "$(row 'GPU_SXM_8 PowerWatts' reading)" 607
	same "$(row 'GPU_SXM_8 PowerWatts' scope)" device
	same "$(row 'Baseboard GPU_SXM_8 EnergyJoules' reading)" 1000000007
	same "$(row 'Baseboard GPU_SXM_8 EnergyJoules' covers)" 'part GPU_SXM_8 processor GPU_SXM_8'
	same "$(row 'Baseboard GPU_SXM_7 EnergyJoules' covers)" 'part GPU_SXM_7 processor GPU_SXM_7'
	same "$(row 'Baseboard GPU_SXM_8 PowerWatts' reading)" 'no row' # the chassis shows the same sensor
	same "$(row 'GPU_SXM_8 Energy' reading)" 'no row'
	same "$(row 'Baseboard GPU_SXM_1 ConsumedPowerWatt' reading)" 500
	same "$(row 'Baseboard HBM_1 PowerWatts' covers)" 'part GPU_SXM_1 memory HBM_1'
	same "$(row 'Baseboard HBM_1 PowerWatts' scope)" dram
}
serve open
meters || fail "expanded: $(cat err)"
expect
few=$(asked GET)
[ "$few" -lt 160 ] || fail "$few requests"
grep -q 'Sensors/T7 ' bmc/log && fail 'a sensor was asked for that came in its collection'
grep -q 'GET /redfish/v1/Chassis/Host/Sensors?$expand=\. ' bmc/log || fail "no expand: $(head bmc/log)"

# Offered, and refused when it is asked for: member by member, the same.
serve noexpand
meters || fail "noexpand: $(cat err)"
expect
# Not offered: never asked for.
sed -i 's/"NoLinks": true/"NoLinks": false/' bmc/redfish/v1/index.json
serve strict
meters || fail "plain: $(cat err)"
expect
grep -q '[?]' bmc/log && fail 'a query that the root does not offer'
[ "$(asked GET)" -gt "$few" ] || fail 'expanding saves nothing'

# Slow: what shows the machine is found first, and what is left out is said.
serve each=0.2
t=$SECONDS
COSTMARK_REDFISH_WAIT=4 meters || fail "slow: $(cat err)"
[ $((SECONDS - t)) -lt 30 ] || fail "opening took $((SECONDS - t)) s"
same "$(row 'Host PowerWatts' reading)" 6000
same "$(row 'the rest of the controller' status)" driver
says "$(row 'the rest of the controller' reason)" 'opening took 4 s, and '
says "$(row 'the rest of the controller' reason)" 'COSTMARK_REDFISH_WAIT=60'

# Pages: followed to the last, in a ring not for ever.
rm -r bmc/redfish
machine
put /Chassis "{\"Members\": [$(link /Chassis/M)], \"Members@odata.nextLink\": \"/redfish/v1/Page2\"}"
put /Page2 "{\"Members\": [$(link /Chassis/N)], \"Members@odata.nextLink\": \"/redfish/v1/Page3\"}"
put /Page3 "{\"Members\": [$(link /Chassis/O)], \"Members@odata.nextLink\": \"/redfish/v1/Page2\"}"
for c in N O; do
	put "/Chassis/$c" "{\"ChassisType\": \"Card\", \"EnvironmentMetrics\": $(link /Chassis/$c/EnvironmentMetrics)}"
	put "/Chassis/$c/EnvironmentMetrics" '{"PowerWatts": {"Reading": 75}}'
done
serve open
meters || fail "pages: $(cat err)"
same "$(row 'N PowerWatts' reading)" 75
same "$(row 'O PowerWatts' reading)" 75
same "$(asked 'GET /redfish/v1/Page2 ')" 1
put /Page2 'not json'
serve open
meters || fail "a broken page: $(cat err)"
same "$(row 'M PowerWatts' reading)" 374
same "$(row /redfish/v1/Page2 status)" driver

# The period that nobody states is seen in a window: a reading that grows each second or so.
rm -r bmc/redfish
machine
put /Chassis/M "{\"ChassisType\": \"RackMount\", \"EnvironmentMetrics\": $(link /Chassis/M/EnvironmentMetrics)}"
serve tick=1.5
"$COSTMARK" run --kernel copy --backend host --size 1000000 --launches 1 --budget 16s --ci 0.0001% --sysfs-root "$none" \
	--redfish "$url" --store run.db --json >run.json 2>run.err
code=$?
[ $code = 0 ] || [ $code = 4 ] || fail "run: $code $(cat run.err)"
python3 - <<'P' || fail "no joules"
import json, sqlite3
s = json.loads(sqlite3.connect("run.db").execute("select summary from launches").fetchone()[0])
print(json.dumps(s)[:3000])
assert 370 < s["joules"] / s["window_s"] < 400, s["joules"]
text = json.dumps(s)
assert "of the value" in text and "measured: " in text, text
P
exec 9>&-
exit 0
