import type { ResourceType } from "../provider/resource-type";
import { defaultSecurityGroup } from "./default-security-group";
import { eip } from "./eip";
import { eipAssociation } from "./eip-association";
import { instance } from "./instance";
import { instanceState } from "./instance-state";
import { internetGateway } from "./internet-gateway";
import { keyPair } from "./key-pair";
import { networkInterface } from "./network-interface";
import { routeTable } from "./route-table";
import { routeTableAssociation } from "./route-table-association";
import { securityGroup } from "./security-group";
import { securityGroupEgressRule, securityGroupIngressRule } from "./security-group-rule";
import { subnet } from "./subnet";
import { vpc } from "./vpc";

/** The resources of the account by Pulumi's type tokens. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": defaultSecurityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupIngressRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupEgressRule,
  "aws:ec2/keyPair:KeyPair": keyPair,
  "aws:ec2/networkInterface:NetworkInterface": networkInterface,
  "aws:ec2/eip:Eip": eip,
  "aws:ec2/eipAssociation:EipAssociation": eipAssociation,
  "aws:ec2/instance:Instance": instance,
  "aws:ec2transitgateway/instanceState:InstanceState": instanceState,
};
