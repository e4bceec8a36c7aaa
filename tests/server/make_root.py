"""Made price lists in the shapes of their sources, for http_server.py.

usage: make_root.py ROOT      writes ROOT/v1 and ROOT/v2 (the same, dearer), ROOT/small (a table that shrank)
"""
import io
import json
import os
import sys
import zipfile

AWS = ("SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,Currency,"
       "LeaseContractLength,PurchaseOption,OfferingClass,Product Family,serviceCode,Location,Location Type,Instance Type,"
       "vCPU,Memory,Storage,Tenancy,Operating System,License Model,usageType,operation,CapacityStatus,GPU,MarketOption,"
       "Pre Installed S/W,Region Code,serviceName").split(",")
SP = ("SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,DiscountedUsageType,"
      "DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,UsageType,Operation,Description,"
      "Instance Family,Location,Location Type,Granularity,Product Family,DiscountedRegionCode,DiscountedInstanceType").split(",")


def put(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def azure(dear, n):
    return [{"currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": dear + i / 1000, "unitPrice": dear + i / 1000,
             "armRegionName": "eastus", "location": "US East", "effectiveStartDate": "2026-01-01T00:00:00Z",
             "meterId": "00000000-0000-0000-0000-%012d" % i, "meterName": "NC%ds v3" % i, "productId": "DZH318Z0BQ4L",
             "skuId": "DZH318Z0BQ4L/%04d" % i, "productName": "Virtual Machines NCSv3 Series", "skuName": "NC%ds v3" % i,
             "serviceName": "Virtual Machines", "serviceId": "DZH313Z7MMC8", "serviceFamily": "Compute",
             "unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": True,
             "armSkuName": "Standard_NC%ds_v3" % i} for i in range(n)]


def sku(dear, i, what, unit="h"):
    return {"name": "services/6F81-5844-456A/skus/%04d-AAAA" % i, "skuId": "%04d-AAAA" % i, "description": what,
            "category": {"serviceDisplayName": "Compute Engine", "resourceFamily": "Compute", "resourceGroup": "GPU",
                         "usageType": "OnDemand"},
            "serviceRegions": ["us-central1"],
            "pricingInfo": [{"summary": "", "pricingExpression": {
                "usageUnit": unit, "displayQuantity": 1, "tieredRates": [
                    {"startUsageAmount": 0, "unitPrice": {"currencyCode": "USD", "units": str(dear), "nanos": 933908000}}]},
                "currencyConversionRate": 1, "effectiveTime": "2026-11-01T00:00:00Z"}],
            "serviceProviderName": "Google", "geoTaxonomy": {"type": "REGIONAL", "regions": ["us-central1"]}}


def gcp(dear, n):
    parts = [("A2 Instance Core running in Americas", "h"), ("A2 Instance Ram running in Americas", "GiBy.h"),
             ("Nvidia Tesla A100 GPU running in Americas", "h")]
    return [sku(dear, i, *parts[i]) if i < len(parts) else sku(dear, i, "N%d Custom Extended Core" % i) for i in range(n)]


def aws_csv(region, dear, n):
    lines = ['"FormatVersion","v1.0"', '"Disclaimer","For information"', '"Publication Date","2026-11-01T00:00:00Z"',
             '"Version","20261101000000"', '"OfferCode","AmazonEC2"', ",".join('"%s"' % c for c in AWS)]
    for i in range(n):
        cell = {"SKU": "SKU%05d" % i, "OfferTermCode": "JRTCKXETXF", "RateCode": "SKU%05d.JRTCKXETXF.6YS6EN2CT7" % i,
                "TermType": "OnDemand", "PriceDescription": "per hour", "EffectiveDate": "2026-11-01", "StartingRange": "0",
                "EndingRange": "Inf", "Unit": "Hrs", "PricePerUnit": "%d.%010d" % (dear, i), "Currency": "USD",
                "Product Family": "Compute Instance", "serviceCode": "AmazonEC2", "Location": "US East (N. Virginia)",
                "Location Type": "AWS Region", "Instance Type": "p5.%dxlarge" % (i + 1), "vCPU": "192", "Memory": "2048 GiB",
                "Storage": "8 x 3840 GB NVMe SSD", "Tenancy": "Shared", "Operating System": "Linux",
                "License Model": "No License required", "usageType": "BoxUsage:p5", "operation": "RunInstances",
                "CapacityStatus": "Used", "GPU": "8", "MarketOption": "OnDemand", "Pre Installed S/W": "NA",
                "Region Code": region, "serviceName": "Amazon Elastic Compute Cloud"}
        lines.append(",".join('"%s"' % cell[c] if c in cell else "" for c in AWS))
    return "\n".join(lines) + "\n"


def sp_csv(region, dear, n):
    lines = ["FormatVersion,v1.0", "Disclaimer,For information", "Publication Date,2026-11-01T00:00:00Z", "Version,20261101000000",
             "OfferCode,AWSComputeSavingsPlan", ",".join(SP)]
    for i in range(n):
        cell = {"SKU": "SP%03d" % i, "RateCode": "SP%03d.SKU%05d" % (i, i), "Unit": "Hrs", "EffectiveDate": "2026-11-01",
                "DiscountedRate": "%d.%04d" % (dear, i), "Currency": "USD", "DiscountedSKU": "SKU%05d" % i,
                "DiscountedServiceCode": "AmazonEC2", "DiscountedUsageType": "BoxUsage:p5.%dxlarge" % (i + 1),
                "DiscountedOperation": "RunInstances", "PurchaseOption": "No Upfront", "LeaseContractLength": "1",
                "LeaseContractLengthUnit": "year", "ServiceCode": "ComputeSavingsPlans", "UsageType": "ComputeSP:1yrNoUpfront",
                "Description": "1 year No Upfront Compute Savings Plan", "Location": "Any", "Location Type": "AWS Region",
                "Granularity": "hourly", "Product Family": "ComputeSavingsPlans", "DiscountedRegionCode": region,
                "DiscountedInstanceType": "p5.%dxlarge" % (i + 1)}
        lines.append(",".join(cell.get(c, "") for c in SP))
    return "\n".join(lines) + "\n"


def aws(root, dear, n):
    base, plan = "/offers/v1.0/aws/AmazonEC2", "/savingsPlan/v1.0/aws/AWSComputeSavingsPlan"
    put(root, "offers/v1.0/aws/index.json", json.dumps({"offers": {"AmazonEC2": {
        "offerCode": "AmazonEC2", "currentRegionIndexUrl": base + "/current/region_index.json",
        "currentSavingsPlanIndexUrl": plan + "/current/region_index.json"}}}))
    regions = ["us-east-1", "eu-west-1"]
    index = {r: {"regionCode": r, "currentVersionUrl": "%s/2026110100000%d/%s/index.json" % (base, dear, r)} for r in regions}
    index["eu-west-3"] = {"regionCode": "eu-west-3", "currentVersionUrl": base + "/current/default/empty.json"}
    put(root, base[1:] + "/current/region_index.json", json.dumps({"regions": index}))
    put(root, plan[1:] + "/current/region_index.json", json.dumps({"regions": [
        {"regionCode": r, "versionUrl": "%s/2026110100000%d/%s/index.json" % (plan, dear, r)} for r in regions]}))
    for r in regions:
        put(root, "%s/2026110100000%d/%s/index.csv" % (base[1:], dear, r), aws_csv(r, dear, n))
        put(root, "%s/2026110100000%d/%s/index.csv" % (plan[1:], dear, r), sp_csv(r, dear, n))


def make(root, dear, n):
    put(root, "azure_items.json", json.dumps(azure(dear, n * 3)))
    put(root, "gcp_skus.json", json.dumps(gcp(dear, 12)))
    put(root, "eia_rows.json", json.dumps([
        {"period": "2026-%02d" % (12 - i % 12), "stateid": "S%d" % (i // 12), "stateDescription": "State %d" % (i // 12),
         "sectorid": "COM", "sectorName": "commercial", "price": "%d.%02d" % (dear + 10, i % 100),
         "price-units": "cents per kilowatt-hour"} for i in range(n * 60)]))
    aws(root, dear, n)
    for cloud in ("aws", "gcp", "lambda", "nebius", "oci", "runpod"):
        put(root, "skypilot-org/skypilot-catalog/master/catalogs/v8/%s/vms.csv" % cloud,
            "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone\n" +
            "".join("gpu.%d.%s,H100,8,192,2048,H100,%d.%02d,,us-east-1,us-east-1a\n" % (i, cloud, dear, i % 100)
                    for i in range(n)))
    put(root, "BerriAI/litellm/main/model_prices_and_context_window.json", json.dumps({
        "made-%d" % i: {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": dear * 1e-06,
                        "output_cost_per_token": dear * 4e-06} for i in range(n)}))
    put(root, "pydantic/genai-prices/main/prices/data.json", json.dumps([{
        "id": "made", "name": "Made", "models": [{"id": "m%d" % i, "match": {"equals": "m%d" % i},
                                                   "prices": {"input_mtok": dear, "output_mtok": dear * 4}} for i in range(n)]}]))
    for vendor in ("amazon", "openai"):
        put(root, "simonw/llm-prices/main/data/%s.json" % vendor, json.dumps({"vendor": vendor, "models": [
            {"id": "m%d" % i, "name": "M%d" % i, "price_history": [{"input": dear, "output": dear * 4, "input_cached": None,
                                                                      "from_date": None, "to_date": None}]} for i in range(n)]}))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("eurofxref-hist.csv", (2026, 11, 24, 0, 0, 0)), "Date,USD,JPY,GBP,\n" + "".join(
            "2026-%02d-%02d,1.%04d,150.%d,0.85,\n" % (11 - i // 28, 28 - i % 28, 1000 * dear + i, i) for i in range(n)),
            zipfile.ZIP_DEFLATED)
    put(root, "stats/eurofxref/eurofxref-hist.zip", packed.getvalue())
    put(root, "eurostat/api/dissemination/statistics/1.0/data/nrg_pc_205", json.dumps({
        "version": "2.0", "class": "dataset", "label": "Electricity prices for non-household consumers",
        "source": "ESTAT", "updated": "2026-11-01T11:00:00+0100",
        "value": {str(i): round(0.1 * dear + i / 1000, 4) for i in range(n)}, "status": {},
        "id": ["freq", "product", "nrg_cons", "unit", "tax", "currency", "geo", "time"],
        "size": [1, 1, 1, 1, 1, 1, 1, n],
        "dimension": {k: {"label": k, "category": {"index": {v: 0}, "label": {v: v}}} for k, v in (
            ("freq", "S"), ("product", "6000"), ("nrg_cons", "MWH500-1999"), ("unit", "KWH"), ("tax", "X_VAT"),
            ("currency", "EUR"), ("geo", "DE"))} | {"time": {"label": "Time", "category": {
                "index": {"%d-S%d" % (2000 + i // 2, 1 + i % 2): i for i in range(n)}, "label": {}}}}}))
    put(root, "pls/apex/cetools/api/v1/products/index", json.dumps({"items": [
        {"partNumber": "B%05d" % i, "displayName": "Compute - GPU - H100", "metricName": "GPU Per Hour",
         "serviceCategory": "Compute - GPU", "currencyCodeLocalizations": [
             {"currencyCode": "USD", "prices": [{"model": "PAY_AS_YOU_GO", "value": dear}]}]} for i in range(n)]}))


for version, dearness, rows in (("v1", 1, 50), ("v2", 2, 52), ("small", 3, 20)):
    make(os.path.join(sys.argv[1], version), dearness, rows)
